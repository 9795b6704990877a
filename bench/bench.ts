/** The settings of a run, for each of its parts. */
export interface Bench {
  /** The folder for the files of the run. It is removed at the end of the run. */
  readonly folder: string
  /** The time of one measurement, in seconds. */
  readonly seconds: number
  /** The number of times that each measurement is made. */
  readonly rounds: number
  /** Prints progress for the person who waits. */
  readonly say: (line: string) => void
}

/** One line of the table: a measurement and its reference, or the reason why it was not made. */
export type Row = Measured | { readonly name: string; readonly skipped: string }

export interface Measured extends Comparison {
  readonly name: string
  readonly unit: 'a second' | 'µs' | 'ms' | 's' | 'MiB'
  /** The name of the reference. */
  readonly against: string
  /** The promised bound of the ratio, if there is a promise. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number }
}

/** Medians over the rounds. The ratio is the median of the rounds' ratios, so that a slow minute affects both sides. */
export interface Comparison {
  readonly ours: number
  readonly reference: number
  /** `ours` divided by `reference`. */
  readonly ratio: number
  readonly lowestRatio: number
  readonly highestRatio: number
}

interface Sides {
  readonly ours: (seconds: number) => Promise<number>
  readonly reference: (seconds: number) => Promise<number>
}

// Node needs about this long to compile the code of a server that is under load.
const WARM_UP_SECONDS = 2

/** Measures the two sides in turn, after a warm-up of both. */
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

/** A row for one measurement beside a fixed limit. `atLeast`: the limit is the least that is promised. */
export function besideLimit(
  { name, unit, ours }: Pick<Measured, 'name' | 'unit' | 'ours'>,
  limit: { readonly atLeast: number } | { readonly atMost: number },
): Measured {
  const isLeast = 'atLeast' in limit
  const reference = isLeast ? limit.atLeast : limit.atMost
  const ratio = ours / reference
  const target = isLeast ? { atLeast: 1 } : { atMost: 1 }
  const against = 'the promised limit'
  return { name, unit, ours, against, target, reference, ratio, lowestRatio: ratio, highestRatio: ratio }
}

/** The median of the values. NaN if there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}
