import type { ServerResponse } from 'node:http'
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { InProgress } from '../in-progress.ts'

/** An HTTP/1.1 connection. */
export interface Http1Connection {
  readonly socket: Socket
  /** The socket itself, or the TLS socket on it. */
  readonly stream: Socket
  /** The time when the newest request began; before the first request: when the connection was opened. */
  requestedAt: number
  /** The answer to the newest request; undefined before the first request. */
  newest: ServerResponse | undefined
  /** How many bytes the operating system had accepted at the last check. */
  sent: number
  /** The time since which no waiting byte was sent. */
  unsentSince: number
  /** The time since which the server has sent everything and ended its direction; undefined before that. */
  endedSince: number | undefined
  /** The time since which no byte has arrived and no request was under way, as known at the last check of a stopping server. */
  quietSince: number
  /** How many bytes had arrived at that check. */
  received: number
}

/** A stream of an HTTP/2 session that was open at a check. Most streams are over before the next check. */
export interface Http2Stream {
  /** The time of the first check that has seen it. */
  readonly openedAt: number
  /** The time since which no waiting part of the answer was read; undefined while nothing waits. */
  unreadSince: number | undefined
}

/** An HTTP/2 connection. */
export interface Http2Connection {
  readonly socket: Socket
  /** The socket itself, or the TLS socket on it. */
  readonly stream: Socket
  readonly session: ServerHttp2Session
  readonly streams: InProgress<ServerHttp2Stream>
  /** The streams that were open at the last check. */
  watched: ReadonlyMap<ServerHttp2Stream, Http2Stream>
  /** Whether a stream was opened since the last check. */
  wasUsed: boolean
  /** Whether the client has sent its settings, with which every connection begins. */
  hasGreeted: boolean
  /** The time since which it has no open stream, as known at the last check. */
  idleSince: number
  /** How many bytes of its client had arrived at that time. */
  idleAt: number
  /** The time since which it takes no further streams; undefined before that. */
  closingSince: number | undefined
  /** The time since which it is destroyed, although its socket may still be open; undefined before that. */
  overSince: number | undefined
  /** Whether the client was told to open no further streams, while the server still takes those that are on their way. */
  isNotified: boolean
}

/** All open connections of a listener. */
export class Connections {
  /** The connections whose protocol is not known yet, with the times when they were opened. */
  readonly undecided = new Map<Socket, number>()
  readonly http1 = new Map<Socket, Http1Connection>()
  readonly http2 = new Map<ServerHttp2Session, Http2Connection>()
  /** Is called with the connection of each HTTP/2 stream that was reset, a little later. */
  onReset: (connection: Http2Connection) => void = () => {}
  readonly #open = new Set<Socket>()
  #isStopping = false

  /** The number of TCP connections. */
  get size(): number {
    return this.#open.size
  }

  /** Adds a connection whose protocol is not known yet. */
  add(socket: Socket): void {
    this.#open.add(socket)
    this.undecided.set(socket, performance.now())
    socket.once('close', () => this.forget(socket))
  }

  /** The connection speaks HTTP/1.1, over `stream`. */
  becomeHttp1(socket: Socket, stream: Socket): void {
    const now = performance.now()
    const requestedAt = this.undecided.get(socket) ?? now
    this.undecided.delete(socket)
    const state = { requestedAt, newest: undefined, sent: 0, unsentSince: now, endedSince: undefined }
    this.http1.set(stream, { socket, stream, ...state, quietSince: requestedAt, received: 0 })
    stream.once('close', () => this.http1.delete(stream))
  }

  /** A request has begun, and this will be its answer. */
  sawRequest(response: ServerResponse): void {
    // A response that waits for those before it has no socket of its own yet.
    const connection = this.http1.get(response.req.socket)
    if (connection === undefined) return
    connection.requestedAt = performance.now()
    if (this.#isStopping) {
      // The one before it is no longer the last one.
      if (connection.newest?.headersSent === false) connection.newest.shouldKeepAlive = true
      endWith(response)
    }
    connection.newest = response
  }

  /** From now on the server stops: each connection ends with the answer to its newest request. */
  beginToStop(): void {
    this.#isStopping = true
    for (const { newest } of this.http1.values()) if (newest !== undefined) endWith(newest)
  }

  /** The connection speaks HTTP/2, over `stream`. */
  becomeHttp2(socket: Socket, stream: Socket, session: ServerHttp2Session): void {
    const idleSince = this.undecided.get(socket) ?? performance.now()
    this.undecided.delete(socket)
    const unset = { closingSince: undefined, overSince: undefined }
    const idle = { idleSince, idleAt: socket.bytesRead }
    const first = { hasGreeted: false, isNotified: false, wasUsed: false, watched: new Map() }
    const streams = new InProgress<ServerHttp2Stream>((each) => this.#isOver(each, connection))
    const connection: Http2Connection = { socket, stream, session, streams, ...first, ...idle, ...unset }
    this.http2.set(session, connection)
    session.once('close', () => this.http2.delete(session))
    session.once('remoteSettings', () => {
      connection.hasGreeted = true
    })
    // A client that has ended its direction sends no further requests, and may still wait for its answers.
    stream.once('end', () => session.close())
    session.on('stream', (stream: ServerHttp2Stream) => {
      connection.streams.add(stream)
      connection.wasUsed = true
      // A client that waits for each answer sends nothing now, so no stream crosses with the GOAWAY.
      if (this.#isStopping && !connection.isNotified) session.close()
    })
  }

  /** Stops counting a TCP connection. */
  forget(socket: Socket): void {
    this.#open.delete(socket)
    this.undecided.delete(socket)
  }

  #isOver(stream: ServerHttp2Stream, connection: Http2Connection): boolean {
    if (!stream.destroyed) return false
    if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) this.onReset(connection)
    return true
  }
}

// Node sends it with `connection: close`, unless its headers are sent already.
function endWith(response: ServerResponse): void {
  response.shouldKeepAlive = false
}

/** Looks which streams of a connection are open, at each check. Listeners of every stream would cost a part of each call. */
export function watchStreams(connection: Http2Connection, now: number): void {
  const { socket, streams, watched, wasUsed } = connection
  const open = streams.current()
  connection.watched = new Map(open.map((stream) => [stream, watched.get(stream) ?? watchStream(stream, now)]))
  connection.wasUsed = false
  if (open.length === 0 && !wasUsed) return
  connection.idleSince = now
  connection.idleAt = socket.bytesRead
}

function watchStream(stream: ServerHttp2Stream, openedAt: number): Http2Stream {
  const watched: Http2Stream = { openedAt, unreadSince: undefined }
  // The client has read a part of the answer.
  stream.on('drain', () => {
    watched.unreadSince = undefined
  })
  return watched
}
