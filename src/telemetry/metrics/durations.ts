/** The upper bounds of the buckets of every histogram, in seconds. Those of slow requests are OpenTelemetry's. */
export const BUCKETS: readonly number[] = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025],
  ...[0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
]

/** Counts durations by bucket. To merge two of them, add their numbers. */
export class Durations {
  /** The number of durations in each bucket. The last bucket is for those above every bound. */
  readonly counts: number[] = Array(BUCKETS.length + 1).fill(0)
  /** The sum of all durations, in seconds. */
  sum = 0

  /** Counts a duration, in seconds. */
  observe(seconds: number): void {
    let bucket = 0
    // Most durations belong to one of the first buckets.
    while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] as number)) bucket++
    this.counts[bucket] = (this.counts[bucket] as number) + 1
    this.sum += seconds
  }
}
