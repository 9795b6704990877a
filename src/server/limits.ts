import type { PageLimits } from './call/page-turns.ts'

/** The most that one request or connection may cost the server. */
export interface Limits {
  /** The largest request body, in bytes, after decompression. */
  readonly bodyBytes: number
  /** The most memory of all bodies that have not arrived completely, in bytes. */
  readonly bodiesBytes: number
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
  /**
   * How long an HTTP/2 session is kept without a stream, in milliseconds. The settings of the client have to come within
   * `headersMs`.
   */
  readonly sessionIdleMs: number
  /** How many bytes a client may send over an HTTP/2 session without a stream. */
  readonly idleBytes: number
  /** How long an HTTP/1.1 connection is kept between requests, in milliseconds. */
  readonly keepAliveMs: number
  /**
   * How long the server waits for the client to close a connection that the server has ended, in milliseconds. Then it
   * closes it.
   */
  readonly lingerMs: number
  /**
   * How long a connection may stay without a request while the server stops, in milliseconds. Its client may be about to
   * send one, and would lose it.
   */
  readonly stopIdleMs: number
  /** How many connections the server keeps open at once. */
  readonly connections: number
  /** How many streams one HTTP/2 session may have open. */
  readonly concurrentStreams: number
  /** How many pages of lists a server has in memory, which are its only large answers. */
  readonly pages: PageLimits
  /**
   * The pause between two new connections of an address whose connections were closed because they reset too many streams,
   * in milliseconds.
   */
  readonly resetPauseMs: number
  /**
   * The time between two checks of all connections, in milliseconds. A limit takes effect up to twice this time late.
   */
  readonly sweepMs: number
}

/** The default limits of a server. It closes the connection of a slow client within 10 seconds. */
export const defaultLimits: Limits = {
  bodyBytes: 1024 * 1024,
  bodiesBytes: 64 * 1024 * 1024,
  drainBytes: 8 * 1024 * 1024,
  drainMs: 5_000,
  headerBytes: 16 * 1024,
  deadlineMs: 30_000,
  headersMs: 7_000,
  requestMs: 8_000,
  unreadMs: 8_000,
  // Clients that call every few minutes keep their connection. If connections run short, idle ones are closed earlier.
  sessionIdleMs: 300_000,
  // A client may still send the rest of a refused body, which is at most 64 KiB.
  idleBytes: 1024 * 1024,
  // Longer than load balancers keep theirs: one could send a request on a connection that the server closes just then.
  keepAliveMs: 65_000,
  lingerMs: 1_000,
  // Clients that send a request every second reach the server once more, and learn that the connection ends.
  stopIdleMs: 1_200,
  connections: Number.POSITIVE_INFINITY,
  concurrentStreams: 100,
  pages: { perConnection: 2, inAll: 32, heldMs: 15_000 },
  resetPauseMs: 100,
  sweepMs: 500,
}
