import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import type { TimeSearch } from './history-queries.ts'

/** The distance between the generations whose times are kept. */
const GRID = 64

/** The most times to keep. A service with four million entries has as many. */
const MOST_TIMES = 65_536

/** A search by time in a service whose newest generation is known. */
export interface SearchedTime {
  readonly service: ServiceId
  readonly time: number
  readonly newest: number
}

/**
 * The times of every 64th entry of the services that were searched by time. Entries never change, so most steps of a search
 * need not read one.
 */
export class KnownTimes {
  readonly #services = new Map<string, Map<number, number>>()
  #count = 0

  /** The bounds between which a search goes on. `readTime` reads the time of a generation. Undefined: it is missing. */
  narrow({ service, time, newest }: SearchedTime, readTime: (generation: number) => number | undefined): TimeSearch {
    let [known, later] = [0, newest + 1]
    if (newest < GRID) return { known, later }
    const times = this.#timesOf(service)
    while (later - known > GRID) {
      const middle = GRID * Math.ceil((known + later) / 2 / GRID)
      const found = times.get(middle) ?? readTime(middle)
      if (found === undefined) break
      if (!times.has(middle)) this.#count++
      times.set(middle, found)
      if (found <= time) known = middle
      else later = middle
    }
    return { known, later }
  }

  #timesOf(service: ServiceId): Map<number, number> {
    const text = formatServiceId(service)
    if (this.#count >= MOST_TIMES) {
      this.#services.clear()
      this.#count = 0
    }
    const known = this.#services.get(text)
    if (known !== undefined) return known
    const times = new Map<number, number>()
    this.#services.set(text, times)
    this.#count++
    return times
  }
}
