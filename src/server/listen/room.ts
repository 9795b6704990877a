import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Logger } from '../../telemetry/logger.ts'
import type { Connections, Http1Connection, Http2Connection } from './connections.ts'
import { descriptorShortage } from './descriptors.ts'
import { destroyHttp1 } from './slow-clients.ts'

/** How many connections are closed at once, as a share of all. Looking for the oldest ones takes time. */
const SHARE = 1 / 64

/** The share of connections that are closed if the system has no descriptor left. */
const LARGE_SHARE = 1 / 4

/** The share of the allowed connections below which the server no longer runs short of them. */
const RECOVERED = 0.75

/** How many checks in a row must find enough connections before running short is logged again. */
const CALM_CHECKS = 20

/** A connection that waits for its client. */
interface Waiting {
  /** The time since which it waits. */
  readonly since: number
  /** Closes the connection at once. */
  readonly close: () => void
}

/**
 * Keeps the number of connections below a bound, because each of them needs a file descriptor. Makes room for new
 * connections by closing those that have waited for their clients the longest: connections without a request, and
 * connections whose request is not complete or whose answer is not read. Never closes one whose call is under way.
 */
export class Room {
  readonly #connections: Connections
  readonly #most: number
  readonly #log: Logger
  /** How many checks are left until running short is logged again. */
  #checksLeft = 0

  constructor(connections: Connections, most: number, log: Logger) {
    this.#connections = connections
    this.#most = most
    this.#log = log
  }

  /** Takes a new connection. Returns false if there is no room, because calls are under way on all others. */
  admit(socket: Socket): boolean {
    if (this.#connections.size >= this.#most) this.make()
    if (this.#connections.size >= this.#most) return false
    this.#connections.add(socket)
    return true
  }

  /** Closes some connections, and logs that they run short. `error` is the error if the system has no descriptor left. */
  make(error?: Error): void {
    const { size } = this.#connections
    if (this.#checksLeft === 0) {
      const facts = { connections: size, allowed: this.#most, ...(error && { err: error }) }
      this.#log.warn(facts, 'connections run short, so those that wait for their clients are closed, oldest first')
    }
    this.#checksLeft = CALM_CHECKS
    const oldest = waiting(this.#connections).sort((a, b) => a.since - b.since)
    for (const { close } of oldest.slice(0, Math.ceil(size * (error ? LARGE_SHARE : SHARE)))) close()
  }

  /** Looks whether descriptors run short, or no longer run short, so that the next time is logged again. */
  check(): void {
    const error = descriptorShortage()
    if (error !== undefined) this.make(error)
    else if (this.#connections.size < this.#most * RECOVERED) this.#checksLeft = Math.max(0, this.#checksLeft - 1)
  }
}

function waiting(connections: Connections): Waiting[] {
  const undecided = [...connections.undecided].map(([socket, since]) => ({
    since,
    close: () => {
      connections.forget(socket)
      socket.destroy()
    },
  }))
  const http1 = [...connections.http1.values()].filter(waitsForClient).map((connection) => ({
    since: connection.endedSince === undefined ? connection.requestedAt : 0,
    close: () => {
      connections.forget(connection.socket)
      destroyHttp1(connection)
    },
  }))
  const http2 = [...connections.http2.values()].filter(isIdle).map((connection) => ({
    since: Math.min(connection.idleSince, ...[...connection.streams.values()].map(({ openedAt }) => openedAt)),
    close: () => {
      connections.forget(connection.socket)
      connection.session.destroy()
      // The session first tells its client which requests it did not process.
      setImmediate(() => connection.socket.destroy())
    },
  }))
  return [...undecided, ...http1, ...http2]
}

function waitsForClient({ newest }: Http1Connection): boolean {
  return newest === undefined || newest.writableEnded || newest.destroyed || !newest.req.complete
}

function isIdle({ session, streams }: Http2Connection): boolean {
  return !session.destroyed && [...streams.keys()].every(isIncomplete)
}

// The client has not ended its request.
function isIncomplete({ state }: ServerHttp2Stream): boolean {
  return (
    state.state === constants.NGHTTP2_STREAM_STATE_OPEN ||
    state.state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_LOCAL
  )
}
