import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'

/** The distance between the generations whose times are kept. */
const GRID = 64

/** The most times to keep. A service with four million entries has as many. */
const MOST_TIMES = 65_536

/** Reads the time of the entry of a generation. Undefined: it is missing. */
type ReadTime = (generation: number) => number | undefined

/**
 * The generation at which to divide the ones above `early` and below `later`. There is at least one. While there are many, it
 * is one whose time is kept.
 */
export function middleOf(early: number, later: number): number {
  const step = later - early > GRID ? GRID : 1
  return step * Math.ceil((early + later) / 2 / step)
}

/**
 * The times of every 64th entry of the services that were searched by time. Entries never change their times, so most steps
 * of a search need not read one.
 */
export class KnownTimes {
  readonly #services = new Map<string, Map<number, number>>()
  #count = 0

  /** Reads times of a service as `read` does, and keeps them. */
  of(service: ServiceId, read: ReadTime): ReadTime {
    const name = formatServiceId(service)
    return (generation) => this.#services.get(name)?.get(generation) ?? this.#keep(name, generation, read(generation))
  }

  #keep(name: string, generation: number, time: number | undefined): number | undefined {
    if (time === undefined || generation % GRID !== 0) return time
    if (this.#count++ >= MOST_TIMES) {
      this.#services.clear()
      this.#count = 1
    }
    const times = this.#services.get(name) ?? new Map<number, number>()
    this.#services.set(name, times.set(generation, time))
    return time
  }
}
