/** The most that one request or connection may cost the server. */
export interface Limits {
  /** The largest request body, in bytes, after decompression. */
  readonly bodyBytes: number
  /**
   * How many bytes of a refused body the server reads and drops, because its sender would miss the answer otherwise.
   */
  readonly drainBytes: number
  /** The longest time for reading and dropping these bytes, in milliseconds. */
  readonly drainMs: number
  /** The largest set of request headers, in bytes. */
  readonly headerBytes: number
  /** The longest deadline that a unary RPC may ask for, in milliseconds. */
  readonly deadlineMs: number
  /**
   * The longest time until a connection shows its protocol, and until a request has sent its headers, in milliseconds.
   */
  readonly headersMs: number
  /** The longest time until the body of a request has arrived, in milliseconds. */
  readonly requestMs: number
  /** The longest time that an answer waits for its client to continue reading, in milliseconds. */
  readonly unreadMs: number
  /** How long an HTTP/2 session is kept without a stream, in milliseconds. */
  readonly sessionIdleMs: number
  /** How long an HTTP/1.1 connection is kept between requests, in milliseconds. */
  readonly keepAliveMs: number
  /** How many streams one HTTP/2 session may have open. */
  readonly concurrentStreams: number
  /**
   * The time between two checks of all connections, in milliseconds. A limit takes effect up to twice this time late.
   */
  readonly sweepMs: number
}

/** The default limits of a server. It closes the connection of a slow client within 10 seconds. */
export const defaultLimits: Limits = {
  bodyBytes: 1024 * 1024,
  drainBytes: 8 * 1024 * 1024,
  drainMs: 5_000,
  headerBytes: 16 * 1024,
  deadlineMs: 30_000,
  headersMs: 7_000,
  requestMs: 8_000,
  unreadMs: 8_000,
  sessionIdleMs: 8_000,
  // Longer than load balancers keep theirs: one could send a request on a connection that the server closes just then.
  keepAliveMs: 65_000,
  concurrentStreams: 256,
  sweepMs: 500,
}
