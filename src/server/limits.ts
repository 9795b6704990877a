/** What one request or connection may cost the server. */
export interface Limits {
  /** The largest request body, in bytes, after decompression. */
  readonly bodyBytes: number
  /** How much of a body that is too large is read and dropped, in bytes, so that an honest sender gets to see the answer. */
  readonly drainBytes: number
  /** How long that may take, in milliseconds. */
  readonly drainMs: number
  /** The largest set of request headers, in bytes. */
  readonly headerBytes: number
  /** The longest deadline that a unary RPC may ask for, in milliseconds. */
  readonly deadlineMs: number
  /** How long a connection may take to say what it speaks, and a request to send its headers, in milliseconds. */
  readonly headersMs: number
  /** How long the body of a request may take to arrive, in milliseconds. */
  readonly requestMs: number
  /** How long an answer may wait for its client to read on, in milliseconds. */
  readonly unreadMs: number
  /** How long an HTTP/2 session is kept without a stream, in milliseconds. */
  readonly sessionIdleMs: number
  /** How long an HTTP/1.1 connection is kept between requests, in milliseconds. */
  readonly keepAliveMs: number
  /** How many streams one HTTP/2 session may have open. */
  readonly concurrentStreams: number
  /** How often connections are looked at, in milliseconds. A limit takes effect up to two such times late. */
  readonly sweepMs: number
}

/** The limits of a server that is not told others. A slow client is gone within 10 seconds. */
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
  // Longer than load balancers do.
  keepAliveMs: 65_000,
  concurrentStreams: 256,
  sweepMs: 500,
}
