/** A call with a deadline. */
export interface Expiring {
  /** The time of the deadline on the clock of `performance.now()`, in milliseconds. */
  readonly expiresAt: number
  /** The deadline has passed. */
  expire(): void
}

/** The time between two looks at the deadlines, in milliseconds. A call expires up to this much late. */
const TICK_MS = 8

/** Enough for 8 seconds. A call with a later deadline is looked at once in each turn of the wheel. */
const SLOTS = 1024

/**
 * The deadlines of all calls, on a wheel with one timer, because a timer for each call costs more than the rest of its
 * deadline. Almost every call ends before its deadline.
 */
export class Deadlines {
  readonly #slots = Array.from({ length: SLOTS }, () => new Set<Expiring>())
  #count = 0
  /** The number of the last tick whose slot was looked at. */
  #tick = 0
  #timer: NodeJS.Timeout | undefined

  /** Calls `expire` once the deadline has passed, unless `delete` is called before. */
  add(call: Expiring): void {
    if (this.#timer === undefined) this.#start()
    this.#slotOf(call).add(call)
    this.#count++
  }

  /** The call has ended. */
  delete(call: Expiring): void {
    if (this.#slotOf(call).delete(call)) this.#count--
  }

  #start(): void {
    this.#tick = Math.floor(performance.now() / TICK_MS)
    this.#timer = setInterval(() => this.#turn(), TICK_MS).unref()
  }

  // The slot of the first tick after the deadline.
  #slotOf({ expiresAt }: Expiring): Set<Expiring> {
    return this.#slots[(Math.floor(expiresAt / TICK_MS) + 1) % SLOTS] as Set<Expiring>
  }

  #turn(): void {
    const now = performance.now()
    const last = Math.floor(now / TICK_MS)
    // After a pause of the process, no slot needs more than one look.
    this.#tick = Math.max(this.#tick, last - SLOTS)
    while (this.#tick < last) this.#look(this.#slots[++this.#tick % SLOTS] as Set<Expiring>, now)
    if (this.#count > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(slot: Set<Expiring>, now: number): void {
    for (const call of slot) {
      if (call.expiresAt > now) continue
      this.delete(call)
      call.expire()
    }
  }
}
