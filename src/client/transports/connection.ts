import type { DescMethodUnary, Message } from '@bufbuild/protobuf'
import type { Interceptor, Transport } from '@connectrpc/connect'
import type { TlsOptions } from '../api/client-options.ts'
import type { Cancellation } from '../calls/cancellation.ts'

/** The options of a connection to a registry. */
export interface ConnectionOptions {
  readonly baseUrl: string
  readonly tls: TlsOptions | undefined
  /** The name of the option `tls` in errors, such as `registries[1].tls`. */
  readonly tlsField: string
  /** The caller's interceptors, the outermost first. */
  readonly interceptors: readonly Interceptor[]
}

/** A method with one request and one answer. */
export type UnaryMethod = DescMethodUnary

/** One request to a registry, and how it ends. */
export interface Exchange {
  readonly headers: Readonly<Record<string, string>>
  /** The time that the server has, in milliseconds. The caller cancels the request itself when the time is over. */
  readonly timeoutMs: number | undefined
  readonly cancellation: Cancellation
}

/** A way to reach a registry. */
export interface Connection {
  readonly transport: Transport
  /** Makes a call with less work than the transport. Undefined: the transport is used. */
  readonly unary?: ((method: UnaryMethod, input: object, exchange: Exchange) => Promise<Message>) | undefined
  /** Closes idle connections at once, and the others when their requests are done. Later requests still work. */
  close(): void
}
