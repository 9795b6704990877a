import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Limits } from '../limits.ts'

// Node's HTTP/1.1 server has timers for slow requests, but none for answers that the client does not read. Its HTTP/2
// server has no timers at all. Checking every connection twice a second costs less than timers for each.

/** Closes the connections of clients that take too long. */
export interface SlowClients {
  /** Watches a connection whose protocol is not known yet. It has `limits.headersMs` to show its protocol. */
  watchUndecided(socket: Socket): void
  /** The connection speaks HTTP/1.1, over `stream`. The stream is the socket itself, or the TLS socket on it. */
  watchHttp1(socket: Socket, stream: Socket): void
  /** The connection speaks HTTP/2. */
  watchHttp2(socket: Socket, session: ServerHttp2Session): void
  readonly undecided: Iterable<Socket>
  readonly sessions: Iterable<ServerHttp2Session>
  /** Stops watching. */
  stop(): void
}

interface WatchedSocket {
  /** How many bytes the operating system had accepted at the last check. */
  sent: number
  /** The time since which no waiting byte was sent. */
  since: number
}

interface WatchedStream {
  readonly openedAt: number
  /** The time since which the answer or a part of it waits for its reader; undefined while nothing waits. */
  unreadSince: number | undefined
}

interface WatchedSession {
  readonly socket: Socket
  readonly streams: Map<ServerHttp2Stream, WatchedStream>
  /** The time since which it has no open stream. */
  idleSince: number
  /** The time since which it is destroyed, although its socket may still be open; undefined before that. */
  overSince: number | undefined
}

export function watchSlowClients(limits: Limits): SlowClients {
  const undecided = new Map<Socket, number>()
  const sockets = new Map<Socket, WatchedSocket>()
  const sessions = new Map<ServerHttp2Session, WatchedSession>()
  const sweep = () => {
    const now = performance.now()
    for (const [socket, since] of undecided) if (now - since > limits.headersMs) socket.destroy()
    for (const [socket, watched] of sockets) sweepSocket(socket, watched, { now, limits })
    for (const [session, watched] of sessions) sweepSession(session, watched, { now, limits })
  }
  const timer = setInterval(sweep, limits.sweepMs).unref()

  return {
    watchUndecided: (socket) => {
      undecided.set(socket, performance.now())
      socket.once('close', () => undecided.delete(socket))
    },
    watchHttp1: (socket, stream) => {
      undecided.delete(socket)
      sockets.set(stream, { sent: 0, since: performance.now() })
      stream.once('close', () => sockets.delete(stream))
    },
    watchHttp2: (socket, session) => {
      const idleSince = undecided.get(socket) ?? performance.now()
      const watched: WatchedSession = { socket, streams: new Map(), idleSince, overSince: undefined }
      undecided.delete(socket)
      sessions.set(session, watched)
      session.once('close', () => sessions.delete(session))
      session.on('stream', (stream: ServerHttp2Stream) => watchStream(stream, watched))
    },
    get undecided() {
      return undecided.keys()
    },
    get sessions() {
      return sessions.keys()
    },
    stop: () => clearInterval(timer),
  }
}

function watchStream(stream: ServerHttp2Stream, watched: WatchedSession): void {
  watched.streams.set(stream, { openedAt: performance.now(), unreadSince: undefined })
  stream.once('close', () => {
    watched.streams.delete(stream)
    if (watched.streams.size === 0) watched.idleSince = performance.now()
  })
}

/** One check of all connections. */
interface Look {
  readonly now: number
  readonly limits: Limits
}

function sweepSocket(socket: Socket, watched: WatchedSocket, { now, limits }: Look): void {
  const sent = socket.bytesWritten - socket.writableLength
  if (socket.writableLength === 0 || sent !== watched.sent) Object.assign(watched, { sent, since: now })
  else if (now - watched.since > limits.unreadMs) socket.destroy()
}

function sweepSession(session: ServerHttp2Session, watched: WatchedSession, look: Look): void {
  const { streams, socket, idleSince } = watched
  const { now, limits } = look
  const idleMs = streams.size === 0 ? now - idleSince : 0
  // It first asks the client to close the connection. Later it cuts off a client that does not.
  if (idleMs > limits.sessionIdleMs + 2 * limits.sweepMs) session.destroy()
  else if (idleMs > limits.sessionIdleMs) session.close()
  for (const [stream, watchedStream] of streams) {
    if (isUnread(stream, watchedStream, look)) session.destroy()
    else if (isAnswered(stream) && now - watchedStream.openedAt > limits.requestMs) {
      // The rest of the request does not arrive.
      session.close()
      stream.close(constants.NGHTTP2_NO_ERROR)
    }
  }
  // Node would wait forever for the last write over TLS to a client that is gone.
  if (session.destroyed) watched.overSince ??= now
  if (now - (watched.overSince ?? now) > 2 * limits.sweepMs) socket.destroy()
}

// The answer with its trailers is sent, but the request has not ended.
function isAnswered({ state }: ServerHttp2Stream): boolean {
  return state.state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_LOCAL
}

function isUnread(stream: ServerHttp2Stream, watched: WatchedStream, { now, limits }: Look): boolean {
  const isWaiting = !stream.writableFinished && (stream.writableEnded || stream.writableLength > 0)
  watched.unreadSince = isWaiting ? (watched.unreadSince ?? now) : undefined
  return now - (watched.unreadSince ?? now) > limits.unreadMs
}
