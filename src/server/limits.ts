/** What one request or connection may cost the server. */
export const limits = {
  /** The largest request body, in bytes, after decompression. */
  bodyBytes: 1024 * 1024,
  /** How much of a body that is too large is read and dropped, so that an honest sender gets to see the answer. */
  drainBytes: 8 * 1024 * 1024,
  /** How long that may take, in milliseconds. */
  drainMs: 5_000,
  /** The largest set of request headers, in bytes. */
  headerBytes: 16 * 1024,
  /** The longest deadline that a unary RPC may ask for, in milliseconds. */
  deadlineMs: 30_000,
  // A slow client is gone within 10 seconds: these, and what it takes to notice.
  /** How long a connection may take to say what it speaks, and a request to send its headers, in milliseconds. */
  headersMs: 7_000,
  /** How long the body of a request may take to arrive, in milliseconds. */
  requestMs: 8_000,
  /** How long an answer may wait for its client to read on, in milliseconds. */
  unreadMs: 8_000,
  /** How long an HTTP/2 session is kept without a stream, in milliseconds. */
  sessionIdleMs: 8_000,
  /** How long an HTTP/1.1 connection is kept between requests, in milliseconds: longer than load balancers do. */
  keepAliveMs: 65_000,
  /** How many streams one HTTP/2 session may have open. */
  concurrentStreams: 256,
} as const
