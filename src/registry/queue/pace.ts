/** The outcome of a batch with entries, for the pace of its queue. */
export interface Taken {
  /** The generation that the batch was decided on. */
  readonly base: number
  /** The number of its entries that were appended. */
  readonly appended: number
  /** Whether another process was first. */
  readonly isLost: boolean
}

const MAX_PAUSE_MS = 250
// After this many batches without a sign of other processes, they are taken to be gone.
const MEMORY = 16
// Another process that loses every time leaves no sign. So after this many batches a queue lets it go first once.
const PROBE = 64
const PROBE_BATCHES = 2
// The weight of the newest batch in the averages.
const WEIGHT = 0.3
const MAX_OTHERS = 32

/**
 * The pauses of a queue between its batches. A process that has just appended a batch would be the first again, because
 * the others have yet to read its entries. So it lets the others go first: it pauses for about as long as they need for
 * the entries that they append between two of its own batches. After a loss it pauses for a random part of a batch, because the
 * others that lost would collide with it again. While no other process writes to the service, there is only a short pause
 * after each 64 batches. The factors come from a simulation of 2 to 16 processes.
 */
export class Pace {
  readonly #random: () => number
  // Averages: the time of a batch, and the batches of other processes between two of this one.
  #batchMs = 0
  #others = 0
  #end: number | undefined
  #sinceOthers = Number.POSITIVE_INFINITY
  #alone = 0
  #appended = 0

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** Whether other processes, or several callers of this one, have written to the service lately. */
  get isContended(): boolean {
    return this.#sinceOthers <= MEMORY || this.#appended > 1
  }

  /** How long to wait before the next batch, in milliseconds, after one that took `ms`. */
  pauseAfter(taken: Taken, ms: number): number {
    this.#batchMs = this.#batchMs === 0 ? ms : average(this.#batchMs, ms)
    const hasOthers = this.#countOthers(taken) || taken.isLost
    this.#sinceOthers = hasOthers ? 0 : this.#sinceOthers + 1
    this.#alone = hasOthers ? 0 : this.#alone + 1
    return Math.min(this.#batchMs * this.#batchesToWait(taken), MAX_PAUSE_MS)
  }

  // It knows the number of their entries only, and takes their batches to be as large as its own.
  #countOthers({ base, appended }: Taken): boolean {
    this.#appended = appended
    if (appended === 0) return false
    const others = this.#end === undefined ? 0 : (base - this.#end) / appended
    this.#others = average(this.#others, Math.min(others, MAX_OTHERS))
    this.#end = base + appended
    return others > 0
  }

  #batchesToWait({ isLost }: Taken): number {
    if (this.#sinceOthers > MEMORY) return this.#alone % PROBE === 0 ? PROBE_BATCHES : 0
    if (isLost) return (0.3 + 0.15 * this.#others) * this.#random()
    // A longer pause would make others seem more than they are, and so grow for ever.
    return Math.max(1, 0.6 * this.#others) * (0.9 + 0.2 * this.#random())
  }
}

function average(before: number, newest: number): number {
  return before + WEIGHT * (newest - before)
}
