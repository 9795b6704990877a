/** What every part of a run is given. */
export interface Bench {
  /** For the files of the run. Removed at its end. */
  readonly folder: string
  /** How long one measurement takes, in seconds. */
  readonly seconds: number
  /** How often each measurement is repeated. */
  readonly rounds: number
  /** Tells the person who waits what is going on. */
  readonly say: (line: string) => void
}

/** One line of the table: a measurement beside what it is held against, or why there is none. */
export type Row = Measured | { readonly name: string; readonly skipped: string }

export interface Measured extends Comparison {
  readonly name: string
  readonly unit: 'a second' | 'µs' | 's' | 'MiB'
  /** What the reference is. */
  readonly against: string
  /** What the ratio should be, where something was promised. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number }
}

/** Medians over the rounds. The ratio is the median of each round's own, so that a slow minute hits both sides of it. */
export interface Comparison {
  readonly ours: number
  readonly reference: number
  /** Ours divided by the reference. */
  readonly ratio: number
  readonly lowestRatio: number
  readonly highestRatio: number
}

interface Sides {
  readonly ours: (seconds: number) => Promise<number>
  readonly reference: (seconds: number) => Promise<number>
}

// The compilers of Node need about this long to be done with a server.
const WARM_UP_SECONDS = 2

/** Measures the two sides in turns, after a warm-up of both. */
export async function compare({ seconds, rounds }: Bench, { ours, reference }: Sides): Promise<Comparison> {
  const warmUpSeconds = Math.max(seconds, WARM_UP_SECONDS)
  await reference(warmUpSeconds)
  await ours(warmUpSeconds)
  const pairs: { ours: number; reference: number }[] = []
  for (let round = 0; round < rounds; round++) {
    pairs.push({ reference: await reference(seconds), ours: await ours(seconds) })
  }
  const ratios = pairs.map((pair) => pair.ours / pair.reference)
  return {
    ours: median(pairs.map((pair) => pair.ours)),
    reference: median(pairs.map((pair) => pair.reference)),
    ratio: median(ratios),
    lowestRatio: Math.min(...ratios),
    highestRatio: Math.max(...ratios),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}
