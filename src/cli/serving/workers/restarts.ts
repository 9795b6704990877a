/** A worker that lives for this long after it was ready has started well, in milliseconds. */
const STARTED_WELL_MS = 2_000

/** The number of workers in a row that may end right after their start. */
const MOST_EARLY_ENDS = 5

/** The pause before the next start after the first early end, in milliseconds. It doubles after each further one. */
const FIRST_PAUSE_MS = 100

/** Decides when a worker that has ended is replaced. */
export class Restarts {
  #earlyEnds = 0

  /**
   * Call it when a worker has ended, with the time since it was ready in milliseconds; undefined: it never was. Returns
   * the pause before the next one starts, in milliseconds. Undefined: the workers end again and again right after their
   * start, so no further one would do better.
   */
  afterEnd(livedMs: number | undefined): number | undefined {
    this.#earlyEnds = livedMs !== undefined && livedMs >= STARTED_WELL_MS ? 0 : this.#earlyEnds + 1
    if (this.#earlyEnds >= MOST_EARLY_ENDS) return undefined
    return this.#earlyEnds === 0 ? 0 : FIRST_PAUSE_MS * 2 ** (this.#earlyEnds - 1)
  }
}
