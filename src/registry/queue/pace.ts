/** The outcome of a batch, for the pace of its queue. */
export interface BatchTaken {
  /** Whether another process was first. */
  readonly isLost: boolean
  /** How long it took, in milliseconds. */
  readonly ms: number
}

const MAX_PAUSE_MS = 50
// A loss this many batches ago shows that other processes still write to the service.
const MEMORY = 8

/**
 * The pauses of a queue between its batches. If no other process writes to the service, there are none.
 */
export class Pace {
  readonly #random: () => number
  #lossesInARow = 0
  #sinceLoss = Number.POSITIVE_INFINITY

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** How long to wait before the next batch, in milliseconds. */
  pauseAfter({ isLost, ms }: BatchTaken): number {
    this.#lossesInARow = isLost ? this.#lossesInARow + 1 : 0
    this.#sinceLoss = isLost ? 0 : this.#sinceLoss + 1
    if (this.#sinceLoss > MEMORY) return 0
    const longest = isLost ? ms / this.#lossesInARow : ms
    return this.#random() * Math.min(longest, MAX_PAUSE_MS)
  }
}
