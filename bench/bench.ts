import { limits } from './targets.ts'

/** The settings of a run, for each of its parts. */
export interface Bench {
  /** The folder for the files of the run. It is removed at the end of the run. */
  readonly folder: string
  /** The time of one measurement, in seconds. */
  readonly seconds: number
  /** The number of times that each measurement is made. */
  readonly rounds: number
  /** The time of the measurement of the heap, in minutes. */
  readonly heapMinutes: number
  /** Prints progress for the person who waits. */
  readonly say: (line: string) => void
}

/** One line of the table: a measurement and its reference, or the reason why it was not made. */
export type Row = Measured | { readonly name: string; readonly skipped: string }

export interface Measured extends Comparison {
  /** `targets.ts` has the bound of the ratio, by this name. */
  readonly name: string
  /** More about this measurement, for the table. */
  readonly detail?: string
  readonly unit: 'a second' | 'µs' | 'ms' | 's' | 'MiB' | 'commands'
  /** The name of the reference. */
  readonly against: string
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

/** Measures for some seconds. */
export type Measure = (seconds: number) => Promise<number>

// Node needs about this long to compile the code of a server that is under load.
const WARM_UP_SECONDS = 2

/** Measures the sides in turn in each round, after a warm-up of each. Resolves with the values of each round. */
export async function measureInTurn<Side extends string>(
  { seconds, rounds }: Pick<Bench, 'seconds' | 'rounds'>,
  sides: Readonly<Record<Side, Measure>>,
): Promise<Readonly<Record<Side, number>>[]> {
  const measureEach = async (time: number) => {
    const values: [string, number][] = []
    for (const [side, measure] of Object.entries<Measure>(sides)) values.push([side, await measure(time)])
    return Object.fromEntries(values) as Record<Side, number>
  }
  await measureEach(Math.max(seconds, WARM_UP_SECONDS))
  const values: Record<Side, number>[] = []
  for (let round = 0; round < rounds; round++) values.push(await measureEach(seconds))
  return values
}

/** One measurement and its reference in the same round. */
export interface Pair {
  readonly ours: number
  readonly reference: number
}

/** The medians of these rounds. */
export function toComparison(pairs: readonly Pair[]): Comparison {
  const ratios = pairs.map((pair) => pair.ours / pair.reference)
  return {
    ours: median(pairs.map((pair) => pair.ours)),
    reference: median(pairs.map((pair) => pair.reference)),
    ratio: median(ratios),
    lowestRatio: Math.min(...ratios),
    highestRatio: Math.max(...ratios),
  }
}

/** Measures the two sides in turn, after a warm-up of both. */
export async function compare(
  bench: Bench,
  sides: Readonly<Record<'reference' | 'ours', Measure>>,
): Promise<Comparison> {
  return toComparison(await measureInTurn(bench, sides))
}

interface Limited extends Pick<Measured, 'name' | 'detail' | 'unit'> {
  /** The value, or the value of each round. */
  readonly ours: number | readonly number[]
}

/** A row for a measurement beside the fixed limit that `targets.ts` has for its name. */
export function besideLimit({ name, ours, ...described }: Limited): Measured {
  const limit = limits[name]
  if (limit === undefined) throw new Error(`targets.ts has no limit for ${JSON.stringify(name)}`)
  const reference = 'atLeast' in limit ? limit.atLeast : limit.atMost
  const pairs = [ours].flat().map((value) => ({ ours: value, reference }))
  return { name, ...described, against: 'the promised limit', ...toComparison(pairs) }
}

/** The least value that this share of the values does not exceed. NaN if there are none. */
export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN
}

/** The median of the values. NaN if there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}
