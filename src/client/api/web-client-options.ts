import type { RegistryClientOptions } from './client-options.ts'

/**
 * The protocol of a client for browsers. Connect sends JSON, and lookups with GET. Both protocols support every call.
 */
export type WebProtocol = 'connect' | 'grpc-web'

/** The options of a client for browsers. */
export type WebRegistryClientOptions = RegistryClientOptions & {
  /** The protocol to speak. Default: `connect`. */
  readonly protocol?: WebProtocol | undefined
  /** A function to use in place of the global `fetch`, for example to send cookies. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Not allowed: a web page cannot choose certificates. */
  readonly tls?: undefined
}
