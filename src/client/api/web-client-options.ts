import type { RegistryClientOptions } from './client-options.ts'

/** The protocol of a client for browsers. Connect is plain JSON and looks up with GET; both do the same. */
export type WebProtocol = 'connect' | 'grpc-web'

/** The options of a client for browsers. */
export type WebRegistryClientOptions = RegistryClientOptions & {
  /** The protocol to speak. Default: `connect`. */
  readonly protocol?: WebProtocol | undefined
  /** A function to use in place of the global `fetch`, for example to send cookies. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Absent: a page cannot choose certificates. */
  readonly tls?: undefined
}
