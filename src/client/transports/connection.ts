import type { Interceptor, Transport } from '@connectrpc/connect'
import type { TlsOptions } from '../api/client-options.ts'

/** The options of a connection to a registry. */
export interface ConnectionOptions {
  readonly baseUrl: string
  readonly tls: TlsOptions | undefined
  /** The name of the option `tls` in errors, such as `registries[1].tls`. */
  readonly tlsField: string
  /** The caller's interceptors, the outermost first. */
  readonly interceptors: readonly Interceptor[]
}

/** A way to reach a registry. */
export interface Connection {
  readonly transport: Transport
  /** Closes idle connections at once, and the others when their requests are done. Later requests still work. */
  close(): void
}
