import { countMoved, countRanges, DEFAULT_OWNER, merge, type Run, sizeOf } from './runs.ts'

/** A division of the buckets before and after a change, and the most ranges that candidates may have afterwards. */
export interface Division {
  readonly before: readonly Run[]
  readonly after: readonly Run[]
  readonly most: number
}

// Larger runs rarely help. With all of them, the search takes three times as long.
const TRIED_RUNS = 64

/**
 * Returns a division in which every owner has as many buckets as in `after`, and the candidates have at most `most` ranges,
 * which must not be fewer than the owners. Each step gives one run to its neighbour, and the neighbour gives as many buckets
 * back at another place. A step is chosen if it moves the fewest callers for each range that it saves. This is not always
 * the smallest number of all, because the steps are chosen one by one.
 */
export function reduceRanges({ before, after, most }: Division): readonly Run[] {
  let runs = merge(after)
  for (let excess = countRanges(runs) - most; excess > 0; excess = countRanges(runs) - most) {
    const next = cheapestExchange(before, runs, excess)
    if (next === undefined) return inOneRangeEach(runs)
    runs = next
  }
  return runs
}

function cheapestExchange(before: readonly Run[], runs: readonly Run[], excess: number): Run[] | undefined {
  const [ranges, moved] = [countRanges(runs), countMoved(before, runs)]
  let best: { readonly runs: Run[]; readonly cost: number } | undefined
  for (const exchanged of exchanges(runs)) {
    const saved = Math.min(ranges - countRanges(exchanged), excess)
    if (saved <= 0) continue
    const cost = (countMoved(before, exchanged) - moved) / saved
    if (best === undefined || cost < best.cost) best = { runs: exchanged, cost }
  }
  return best?.runs
}

/** The divisions after one exchange: a run becomes a part of its neighbour's, and the neighbour gives buckets back. */
function* exchanges(runs: readonly Run[]): Generator<Run[]> {
  const owners = [...new Set(runs.map(({ owner }) => owner))]
  const tried = runs.filter((_, index) => isWorthGiving(runs, index)).sort((a, b) => sizeOf(a) - sizeOf(b))
  for (const given of tried.slice(0, TRIED_RUNS)) {
    const index = runs.indexOf(given)
    for (const taker of new Set([runs[index - 1]?.owner, runs[index + 1]?.owner])) {
      if (taker === undefined) continue
      const merged = merge(runs.map((run) => (run === given ? { ...run, owner: taker } : run)))
      for (const between of owners) {
        const returned = giveBack(merged, given, taker, between)
        if (returned !== undefined) yield returned
      }
    }
  }
}

// A run of the default that is given away saves a range only if one candidate has both neighbours.
function isWorthGiving(runs: readonly Run[], index: number): boolean {
  return runs[index]?.owner !== DEFAULT_OWNER || runs[index - 1]?.owner === runs[index + 1]?.owner
}

/**
 * Gives other buckets to the owner that had `given`, as many as these were. They come from the taker, or from the owner
 * `between`, who then gets as many from the taker. Undefined: this is not possible at borders that exist.
 */
function giveBack(runs: readonly Run[], given: Run, taker: number, between: number): Run[] | undefined {
  if (between === given.owner) return undefined
  const once = shift(runs, { from: between, to: given.owner, amount: sizeOf(given) })
  return once === undefined || between === taker
    ? once
    : shift(once, { from: taker, to: between, amount: sizeOf(given) })
}

interface Shift {
  readonly from: number
  readonly to: number
  /** How many buckets. */
  readonly amount: number
}

/** Moves borders between the runs of two owners, so that one gets buckets of the other. The smallest runs give first. */
function shift(runs: readonly Run[], { from, to, amount }: Shift): Run[] | undefined {
  let missing = amount
  const parts = new Map<Run, readonly Run[]>()
  for (const run of runs.filter(({ owner }) => owner === from).sort((a, b) => sizeOf(a) - sizeOf(b))) {
    const index = runs.indexOf(run)
    const [isLeft, isRight] = [runs[index - 1]?.owner === to, runs[index + 1]?.owner === to]
    if (!isLeft && !isRight) continue
    const size = Math.min(sizeOf(run), missing)
    missing -= size
    parts.set(run, isRight ? cutAt(run, run.to - size, [from, to]) : cutAt(run, run.from + size, [to, from]))
  }
  return missing > 0 ? undefined : merge(runs.flatMap((run) => parts.get(run) ?? [run]))
}

function cutAt(run: Run, at: number, [left, right]: readonly [number, number]): readonly Run[] {
  return [
    { owner: left, from: run.from, to: at },
    { owner: right, from: at, to: run.to },
  ]
}

function inOneRangeEach(runs: readonly Run[]): readonly Run[] {
  // The default comes last, as after the first change of a rollout.
  const byOwner = [...runs].sort((a, b) => (a.owner || Number.MAX_VALUE) - (b.owner || Number.MAX_VALUE))
  let end = 0
  return merge(
    byOwner.map((run) => {
      const from = end
      end += sizeOf(run)
      return { owner: run.owner, from, to: end }
    }),
  )
}
