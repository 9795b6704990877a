import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Limits } from '../limits.ts'
import {
  type Connections,
  type Http1Connection,
  type Http2Connection,
  type Http2Stream,
  watchStreams,
} from './connections.ts'

// Node's HTTP/1.1 server has timers for slow requests, but none for answers that the client does not read, and none for
// a connection that the server has ended and the client keeps open. Its HTTP/2 server has no timers at all. Checking
// every connection twice a second costs less than timers for each.

/** Closes the connections of clients that take too long. It has to be called every `limits.sweepMs` milliseconds. */
export function closeSlowClients(connections: Connections, limits: Limits): void {
  const look = { now: performance.now(), limits }
  for (const [socket, since] of connections.undecided) if (look.now - since > limits.headersMs) socket.destroy()
  for (const connection of connections.http1.values()) checkHttp1(connection, look)
  for (const connection of connections.http2.values()) checkHttp2(connection, look)
}

/** One check of all connections. */
interface Look {
  readonly now: number
  readonly limits: Limits
}

function checkHttp1(connection: Http1Connection, { now, limits }: Look): void {
  const { stream } = connection
  const sent = stream.bytesWritten - stream.writableLength
  if (stream.writableLength === 0 || sent !== connection.sent) Object.assign(connection, { sent, unsentSince: now })
  else if (now - connection.unsentSince > limits.unreadMs) destroyHttp1(connection)
  if (!stream.writableFinished) return
  // The client has the answer that ends the connection, and a moment to close its side.
  connection.endedSince ??= now
  if (now - connection.endedSince > limits.lingerMs) destroyHttp1(connection)
}

/** Closes an HTTP/1.1 connection at once. */
export function destroyHttp1({ socket, stream }: Http1Connection): void {
  stream.destroy()
  socket.destroy()
}

function checkHttp2(connection: Http2Connection, look: Look): void {
  const { now, limits } = look
  watchStreams(connection, now)
  const { session, watched: streams, socket, idleSince, idleAt, hasGreeted } = connection
  const idleMs = now - idleSince
  // Clients with several servers keep a connection to each, and may call this one much later.
  const idleLimit = hasGreeted ? limits.sessionIdleMs : Math.min(limits.sessionIdleMs, limits.headersMs)
  // It first asks the client to close the connection. Later it cuts off a client that does not.
  if (idleMs > idleLimit) session.close()
  // Only a flood of PING or SETTINGS frames is as long as that.
  if (streams.size === 0 && socket.bytesRead - idleAt > limits.idleBytes) session.destroy()
  if (session.closed) connection.closingSince ??= now
  const isOver = streams.size === 0 && now - Math.max(connection.closingSince ?? now, idleSince) > 2 * limits.sweepMs
  if (isOver) session.destroy()
  for (const [stream, watched] of streams) {
    const unreadMs = unreadFor(stream, watched, now)
    // A proxy may have other readers for the other streams. It first resets the stream. Later it cuts off a client that
    // reads nothing at all, and so does not get the reset either.
    if (unreadMs > limits.unreadMs + 2 * limits.sweepMs) session.destroy()
    else if (unreadMs > limits.unreadMs) stream.close(constants.NGHTTP2_CANCEL)
    else if (isAnswered(stream) && now - watched.openedAt > limits.requestMs) {
      // The rest of the request does not arrive.
      session.close()
      stream.close(constants.NGHTTP2_NO_ERROR)
    }
  }
  // Node would wait forever for the last write over TLS to a client that is gone.
  if (session.destroyed) connection.overSince ??= now
  if (now - (connection.overSince ?? now) > 2 * limits.sweepMs) socket.destroy()
}

// The answer with its trailers is sent, but the request has not ended.
function isAnswered({ state }: ServerHttp2Stream): boolean {
  return state.state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_LOCAL
}

function unreadFor(stream: ServerHttp2Stream, watched: Http2Stream, now: number): number {
  const isWaiting = !stream.writableFinished && (stream.writableEnded || stream.writableLength > 0)
  watched.unreadSince = isWaiting ? (watched.unreadSince ?? now) : undefined
  return now - (watched.unreadSince ?? now)
}
