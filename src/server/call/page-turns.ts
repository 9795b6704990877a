import type { Exchange } from '../http/exchange.ts'
import { callerGone } from './exchange-facts.ts'

/** How many pages of lists a server has in memory, from the beginning of the read until the client has the answer. */
export interface PageLimits {
  /** For one connection. */
  readonly perConnection: number
  /** For all connections together. */
  readonly inAll: number
  /** How long a client may take to read its page while other calls wait for its place, in milliseconds. */
  readonly heldMs: number
}

/** How many times the calls are checked while the longest time passes. */
const CHECKS = 30

interface Call {
  readonly connection: Connection
  readonly exchange: Exchange
  readonly begin: () => void
  /** The time since which the client reads the answer while others wait; undefined: it does not, or none waits. */
  heldSince: number | undefined
}

interface Connection {
  running: number
  readonly waiting: Set<Call>
}

/**
 * Gives turns to the calls whose answers are pages of lists, which are the only large ones. A client that asks for many
 * pages, and reads none of them, only makes its own calls wait. Connections that wait get their turns in rotation. A
 * client that reads its page too slowly is cut off if others wait for its place.
 */
export class PageTurns {
  readonly #limits: PageLimits
  readonly #connections = new WeakMap<object, Connection>()
  /** The connections with a call that may begin as soon as there is room. */
  readonly #ready = new Set<Connection>()
  /** The calls that have their turn, the oldest first, except those that were cut off. */
  readonly #begun = new Set<Call>()
  #running = 0
  #waiting = 0
  #timer: NodeJS.Timeout | undefined

  constructor(limits: PageLimits) {
    this.#limits = limits
  }

  /** Resolves at the turn of a call, which ends with its answer. Rejects with `CANCELED` if the client goes away before. */
  take(exchange: Exchange): Promise<void> {
    const connection = this.#connectionOf(exchange)
    return new Promise((resolve, reject) => {
      const call: Call = { connection, exchange, begin: resolve, heldSince: undefined }
      this.#wait(call)
      const isOpen = exchange.onceOver(() => {
        if (this.#leave(call)) reject(callerGone())
        else this.#end(call)
      })
      if (!isOpen) this.#leave(call)
      if (!isOpen) reject(callerGone())
      else this.#fill(connection)
    })
  }

  #connectionOf({ connection: key }: Exchange): Connection {
    const known = this.#connections.get(key)
    if (known !== undefined) return known
    const connection = { running: 0, waiting: new Set<Call>() }
    this.#connections.set(key, connection)
    return connection
  }

  #end(call: Call): void {
    this.#begun.delete(call)
    call.connection.running--
    this.#running--
    // If the whole connection is closed, this comes after its waiting calls have left.
    setImmediate(() => this.#fill(call.connection))
  }

  #fill(changed: Connection): void {
    this.#queue(changed)
    for (const connection of this.#ready) {
      if (this.#running >= this.#limits.inAll) break
      this.#ready.delete(connection)
      const [first] = connection.waiting
      if (first === undefined) continue
      this.#begin(first)
      this.#queue(connection)
    }
    if (this.#waiting > 0) this.#timer ??= setInterval(() => this.#check(), this.#limits.heldMs / CHECKS).unref()
  }

  #wait(call: Call): void {
    call.connection.waiting.add(call)
    this.#waiting++
  }

  #leave(call: Call): boolean {
    const hasWaited = call.connection.waiting.delete(call)
    if (hasWaited) this.#waiting--
    return hasWaited
  }

  #begin(call: Call): void {
    this.#leave(call)
    call.connection.running++
    this.#running++
    this.#begun.add(call)
    call.begin()
  }

  #queue(connection: Connection): void {
    if (connection.waiting.size > 0 && connection.running < this.#limits.perConnection) this.#ready.add(connection)
  }

  // A client may take its time while nobody waits. The time until the answer begins is the server's.
  #check(): void {
    const [now, isAnyWaiting] = [performance.now(), this.#waiting > 0]
    for (const call of this.#begun) {
      const isHeld = isAnyWaiting && call.exchange.hasBegun
      call.heldSince = isHeld ? (call.heldSince ?? now) : undefined
    }
    const isFull = this.#running >= this.#limits.inAll && [...this.#ready].some(({ waiting }) => waiting.size > 0)
    const isTooLong = ({ connection, heldSince = now }: Call) =>
      now - heldSince >= this.#limits.heldMs && (isFull || connection.waiting.size > 0)
    const [oldest] = [...this.#begun].filter(isTooLong)
    if (oldest !== undefined) this.#cutOff(oldest)
    if (isAnyWaiting) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #cutOff(call: Call): void {
    this.#begun.delete(call)
    call.exchange.cutOff()
  }
}
