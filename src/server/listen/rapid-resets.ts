import { constants } from 'node:http2'
import type { Socket } from 'node:net'
import type { Logger } from '../../telemetry/logger.ts'
import type { Limits } from '../limits.ts'
import type { Http2Connection } from './connections.ts'

/** How many addresses are known at most. */
const ADDRESSES = 1_000

/** The time until a closed connection is logged again, in milliseconds. */
const LOG_MS = 60_000

/** How many streams every client may reset at once, even if it may have fewer open. */
const LEAST_BURST = 100

/**
 * How many streams a client may reset at once, and in each second after that. It is twice the number that it may have
 * open: a client whose calls all pass their deadline resets all of them.
 */
export function resetAllowance({ concurrentStreams }: Limits): number {
  return 2 * Math.max(LEAST_BURST, concurrentStreams)
}

/** An address whose connections were closed. */
interface Offender {
  /** Each closed connection moves this time on. While it is far away, new connections wait. */
  until: number
  /** The time when the last waiting connection is served. */
  servedAt: number
}

/**
 * Bounds the work of clients that reset their streams before they are answered. A limit on open streams does not, because
 * such a stream is no longer open (CVE-2023-44487, "rapid reset"). Closes a connection with too many of them. A client
 * could connect again at once. So if more than 5 connections of an address are closed in a second, its new connections
 * wait, and are served one after another.
 */
export class RapidResets {
  readonly #limits: Limits
  readonly #log: Logger
  /** How many streams each client may still reset, and the time when that was true. */
  readonly #left = new WeakMap<Http2Connection, { count: number; at: number }>()
  readonly #closed = new WeakSet<Http2Connection>()
  readonly #offenders = new Map<string, Offender>()
  #unlogged = 0
  #loggedAt = Number.NEGATIVE_INFINITY

  constructor(limits: Limits, log: Logger) {
    this.#limits = limits
    this.#log = log
  }

  /** A stream was reset. */
  count(connection: Http2Connection): void {
    const now = performance.now()
    const most = resetAllowance(this.#limits)
    const { count, at } = this.#left.get(connection) ?? { count: most, at: now }
    const left = Math.min(most, count + (most * (now - at)) / 1_000) - 1
    if (left >= 0) this.#left.set(connection, { count: left, at: now })
    else if (!this.#closed.has(connection)) this.#close(connection, now)
  }

  /** Calls `serve` with a new connection: at once, or later if its address has to wait. */
  admit(socket: Socket, serve: () => void): void {
    const { resetPauseMs } = this.#limits
    const now = performance.now()
    // Node remembers the address from now on, even if the connection is closed.
    const offender = this.#offenders.get(socket.remoteAddress ?? '')
    if (offender === undefined || offender.until < now + 10 * resetPauseMs) return void serve()
    offender.servedAt = Math.max(now, offender.servedAt) + resetPauseMs
    setTimeout(() => socket.destroyed || serve(), offender.servedAt - now).unref()
  }

  #close(connection: Http2Connection, now: number): void {
    const { session, socket } = connection
    this.#closed.add(connection)
    this.#remember(socket.remoteAddress ?? '', now)
    const error = new Error('the client resets its streams too fast')
    session.destroy(error, constants.NGHTTP2_ENHANCE_YOUR_CALM)
    this.#unlogged++
    if (now - this.#loggedAt < LOG_MS) return
    const facts = { address: socket.remoteAddress, closed: this.#unlogged }
    this.#log.warn(facts, 'a client resets its requests too fast, so its connection was closed')
    this.#loggedAt = now
    this.#unlogged = 0
  }

  #remember(address: string, now: number): void {
    const { resetPauseMs } = this.#limits
    const { until, servedAt } = this.#offenders.get(address) ?? { until: now, servedAt: now }
    // The newest one becomes the last one of the map.
    this.#offenders.delete(address)
    const next = Math.min(Math.max(now, until) + 2 * resetPauseMs, now + 100 * resetPauseMs)
    this.#offenders.set(address, { until: next, servedAt })
    const [oldest = ''] = this.#offenders.keys()
    if (this.#offenders.size > ADDRESSES) this.#offenders.delete(oldest)
  }
}
