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

/** The share of the connections that may hold endless calls when there is no room. */
const ENDLESS_SHARE = 1 / 2

/** A connection that can make room for others. */
interface Closable {
  /** `waiting`: it waits for its client. `endless`: it holds calls that go on until the client ends them. */
  readonly kind: 'waiting' | 'endless'
  /** The time since which it is like that. */
  readonly since: number
  /** Closes the connection at once. */
  readonly close: () => void
}

/**
 * Keeps the number of connections below a bound, because each of them needs a file descriptor. Makes room for new
 * connections by closing those that have waited for their clients the longest: connections without a request, and
 * connections whose request is not complete or whose answer is not read. If there is none, and more than half of all
 * hold endless calls, such as Watch, it closes the oldest of those. Never closes one with any other call under way.
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
    const all = closable(this.#connections).sort((a, b) => a.since - b.since)
    const { waiting = [], endless = [] } = Object.groupBy(all, ({ kind }) => kind)
    const oldest = waiting.length > 0 || endless.length <= size * ENDLESS_SHARE ? waiting : endless
    for (const { close } of oldest.slice(0, Math.ceil(size * (error ? LARGE_SHARE : SHARE)))) close()
  }

  /** Looks whether descriptors run short, or no longer run short, so that the next time is logged again. */
  check(): void {
    const error = descriptorShortage()
    if (error !== undefined) this.make(error)
    else if (this.#connections.size < this.#most * RECOVERED) this.#checksLeft = Math.max(0, this.#checksLeft - 1)
  }
}

function closable(connections: Connections): Closable[] {
  const undecided = [...connections.undecided].map(([socket, since]): Closable => {
    const close = () => {
      connections.forget(socket)
      socket.destroy()
    }
    return { kind: 'waiting', since, close }
  })
  const http1 = [...connections.http1.values()].flatMap((connection): Closable[] => {
    const kind = kindOfHttp1(connection)
    const close = () => {
      connections.forget(connection.socket)
      destroyHttp1(connection)
    }
    return kind === undefined ? [] : [{ kind, close, since: connection.endedSince ? 0 : connection.requestedAt }]
  })
  const http2 = [...connections.http2.values()].flatMap((connection): Closable[] => {
    const kind = kindOfHttp2(connection)
    const close = () => {
      connections.forget(connection.socket)
      connection.session.destroy()
      // The session first tells its client which requests it did not process.
      setImmediate(() => connection.socket.destroy())
    }
    return kind === undefined ? [] : [{ kind, close, since: sinceWhen(connection) }]
  })
  return [...undecided, ...http1, ...http2]
}

function kindOfHttp1({ newest }: Http1Connection): Closable['kind'] | undefined {
  if (newest === undefined || newest.writableEnded || newest.destroyed || !newest.req.complete) return 'waiting'
  // Only an endless call begins its answer before it has all of it.
  return newest.headersSent ? 'endless' : undefined
}

function kindOfHttp2({ session, streams }: Http2Connection): Closable['kind'] | undefined {
  if (session.destroyed) return undefined
  const under = streams.current().filter((stream) => !waitsForClient(stream))
  if (under.length === 0) return 'waiting'
  return under.every(({ headersSent }) => headersSent) ? 'endless' : undefined
}

function sinceWhen({ streams, watched, idleSince }: Http2Connection): number {
  const times = streams.current().map((stream) => watched.get(stream)?.openedAt ?? performance.now())
  return Math.min(...times, times.length === 0 ? idleSince : Number.POSITIVE_INFINITY)
}

// The client has not ended its request, or has not read the whole answer.
function waitsForClient({ state, writableEnded }: ServerHttp2Stream): boolean {
  const isOpen = state.state === constants.NGHTTP2_STREAM_STATE_OPEN
  return isOpen || writableEnded || state.state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_LOCAL
}
