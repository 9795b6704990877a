/** A worker that lives for this long after it was ready has started well, in milliseconds. */
const STARTED_WELL_MS = 2_000

/** The number of workers in a row that may end right after their start if no other worker serves. */
const MOST_EARLY_ENDS = 5

/** The pause before the next start after the first early end, in milliseconds. It doubles after each further one. */
const FIRST_PAUSE_MS = 100

const LONGEST_PAUSE_MS = 10_000

/** Whether a worker has started well. `livedMs` is the time since it was ready; undefined: it never was. */
export function hasStartedWell(livedMs: number | undefined): boolean {
  return livedMs !== undefined && livedMs >= STARTED_WELL_MS
}

/** Decides when a worker that has ended is replaced. */
export class Restarts {
  #earlyEnds = 0

  /**
   * Call it when a worker has ended, with the time since it was ready in milliseconds; undefined: it never was. Returns
   * the pause before the next one starts, in milliseconds. Undefined: the workers end again and again right after their
   * start, so no further one would do better. If others serve, a later one may do better, for example after a file that is
   * not valid at the moment was replaced.
   */
  afterEnd(livedMs: number | undefined, othersServe: boolean): number | undefined {
    this.#earlyEnds = hasStartedWell(livedMs) ? 0 : this.#earlyEnds + 1
    if (this.#earlyEnds >= MOST_EARLY_ENDS && !othersServe) return undefined
    return this.#earlyEnds === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#earlyEnds - 1))
  }
}
