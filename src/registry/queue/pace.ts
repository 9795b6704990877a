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
// This many batches after its last loss, a queue takes it that no other process writes to the service.
const MEMORY = 16
// The weight of the newest batch in the averages.
const WEIGHT = 0.3
const MAX_OTHERS = 32

/**
 * The pauses of a queue between its batches. A process that has just appended a batch would be the first again, because
 * the others have yet to read its entries. So it lets the others go first: it pauses for about as many batches as others
 * append between two of its own. After a loss it pauses for a random part of a batch, because the others that lost would
 * collide with it again. While no other process writes to the service, there are no pauses. These numbers come from a
 * simulation of 2 to 16 processes.
 */
export class Pace {
  readonly #random: () => number
  // Averages: the time of a batch, and the batches of other processes between two of this one.
  #batchMs = 0
  #others = 0
  #end: number | undefined
  #sinceLoss = Number.POSITIVE_INFINITY

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** How long to wait before the next batch, in milliseconds, after one that took `ms`. */
  pauseAfter(taken: Taken, ms: number): number {
    this.#batchMs = this.#batchMs === 0 ? ms : average(this.#batchMs, ms)
    this.#sinceLoss = taken.isLost ? 0 : this.#sinceLoss + 1
    if (taken.appended > 0) this.#countOthers(taken)
    if (this.#sinceLoss > MEMORY) return 0
    return Math.min(this.#batchMs * (taken.isLost ? this.#afterLoss() : this.#afterWin()), MAX_PAUSE_MS)
  }

  // It does not know the batches of the others, but the number of their entries.
  #countOthers({ base, appended }: Taken): void {
    const others = this.#end === undefined ? 0 : (base - this.#end) / appended
    this.#others = average(this.#others, Math.min(others, MAX_OTHERS))
    this.#end = base + appended
  }

  // Less than the others need, or else two processes that take the others for more than they are would wait for ever longer.
  #afterWin(): number {
    return 0.6 * this.#others * (0.7 + 0.6 * this.#random())
  }

  #afterLoss(): number {
    return (0.5 + 0.15 * this.#others) * this.#random()
  }
}

function average(before: number, newest: number): number {
  return before + WEIGHT * (newest - before)
}
