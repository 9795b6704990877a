import { storeUnavailable } from '../../unavailable.ts'

/** The longest time that a long read waits for others, in milliseconds. Then it still has time for its command. */
export const LONGEST_WAIT_MS = 2_000

/** The most long reads at once, however many connections there are. A server has few cores. */
const MOST_AT_ONCE = 8

/** The number of long reads at once, and of other reads at once, for a pool of this many connections; 0: of any number. */
export function sharesOf(maxPoolSize: number): { readonly long: number; readonly others: number } {
  const connections = maxPoolSize === 0 ? Number.POSITIVE_INFINITY : maxPoolSize
  const upTo = (share: number) => Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(connections * share)))
  return { long: upTo(1 / 4), others: upTo(1 / 2) }
}

interface Waiting {
  readonly begin: () => void
  readonly timer: NodeJS.Timeout
}

/** Runs long reads, such as lists and exports, a few at a time, so that they leave connections for lookups. */
export class LongReads {
  readonly #most: number
  readonly #waiting = new Set<Waiting>()
  #running = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Runs a read after those that came before it. Rejects with `STORE_UNAVAILABLE` if they take too long. */
  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await this.#turn()
    else this.#running++
    try {
      return await read()
    } finally {
      this.#end()
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting)
        const most = `${this.#most} long ${this.#most === 1 ? 'read runs' : 'reads run'} at once`
        reject(storeUnavailable(new Error(`the read waited ${LONGEST_WAIT_MS} ms for others; at most ${most}.`)))
      }, LONGEST_WAIT_MS)
      const waiting = { begin: resolve, timer }
      this.#waiting.add(waiting)
    })
  }

  // The place of a read that has ended goes to the one that waits the longest.
  #end(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#running--
      return
    }
    this.#waiting.delete(next)
    clearTimeout(next.timer)
    next.begin()
  }
}
