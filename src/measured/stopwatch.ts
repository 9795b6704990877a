import type { Durations } from '../telemetry/metrics/durations.ts'
import type { Family } from '../telemetry/metrics/family.ts'

/** Measures how long promises take to settle, and counts it in one series. */
export class Stopwatch {
  readonly #family: Family<Durations>
  readonly #labels: readonly string[]
  // Made at the first use: a series without any duration would be of no use to anybody.
  #series: Durations | undefined

  constructor(family: Family<Durations>, ...labels: string[]) {
    this.#family = family
    this.#labels = labels
  }

  /** Returns the promise itself, which has just begun, and counts its time once it settles. */
  time<T>(promise: Promise<T>): Promise<T> {
    const begin = performance.now()
    const end = () => this.count(begin)
    promise.then(end, end)
    return promise
  }

  /** Counts the time since `begin`, which is a value of `performance.now()`. */
  count(begin: number): void {
    this.#series ??= this.#family.at(this.#labels[0] ?? '', this.#labels[1])
    this.#series.observe((performance.now() - begin) / 1000)
  }
}
