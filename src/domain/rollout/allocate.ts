import type { RevisionTag } from '../revision-tag.ts'
import { reduceRanges } from './reduce-ranges.ts'
import { BUCKETS, type BucketRange, type Candidate, rolloutLimits } from './rollout.ts'
import { DEFAULT_OWNER, merge, NOBODY, type Run, sizeOf } from './runs.ts'

/** How many of the 100,000 buckets a revision is to have. */
export interface Share {
  readonly tag: RevisionTag
  readonly weight: number
}

/** The parts of a running rollout that decide the division after it. */
export interface Allocated {
  readonly candidates: readonly Pick<Candidate, 'tag' | 'buckets'>[]
}

/**
 * Divides the buckets among the candidates of a rollout, and returns the ranges of each share, in the order of the shares.
 * The default has the other buckets. `previous` is the running rollout, or null if none runs.
 *
 * As few buckets as possible change hands: half the sum of the differences of all shares, the default's included. A share
 * that shrinks gives up its highest buckets, so that the first callers of a candidate are also the last to leave it. Shares
 * that grow take the buckets that were just given up, from the lowest, and then the default's lowest. If the ranges would be
 * more than 256, a few more buckets change hands. See `reduceRanges`.
 */
export function allocate(previous: Allocated | null, shares: readonly Share[]): readonly (readonly BucketRange[])[] {
  const before = runsOf(previous?.candidates ?? [], shares)
  const runs = reduceRanges({ before, after: redistribute(before, shares), most: rolloutLimits.ranges })
  return shares.map((_, index) =>
    runs.filter(({ owner }) => owner === index + 1).map(({ from, to }): BucketRange => ({ from, to })),
  )
}

/** The division before the change. Candidates that have no share any more have already given up their buckets. */
function runsOf(candidates: Allocated['candidates'], shares: readonly Share[]): readonly Run[] {
  const owned = candidates.flatMap(({ tag, buckets }) => {
    const owner = shares.findIndex((share) => share.tag === tag) + 1 || NOBODY
    return buckets.map((range) => ({ ...range, owner }))
  })
  let end = 0
  const runs = owned
    .sort((a, b) => a.from - b.from)
    .flatMap((run) => {
      const gap = { owner: DEFAULT_OWNER, from: end, to: run.from }
      end = run.to
      return [gap, run]
    })
  return merge([...runs, { owner: DEFAULT_OWNER, from: end, to: BUCKETS }])
}

function redistribute(before: readonly Run[], shares: readonly Share[]): readonly Run[] {
  const missing = shares.map(({ weight }) => weight)
  for (const run of before) addTo(missing, run.owner, -sizeOf(run))
  const givenUp = giveUp(before, missing)
  const taken = take(take(givenUp, missing, NOBODY), missing, DEFAULT_OWNER)
  return merge(taken.map((run) => (run.owner === NOBODY ? { ...run, owner: DEFAULT_OWNER } : run)))
}

// A negative number in `missing` tells how many buckets an owner has too many.
function giveUp(runs: readonly Run[], missing: number[]): readonly Run[] {
  const fromHighest = [...runs].reverse().flatMap((run) => {
    const amount = Math.min(sizeOf(run), Math.max(0, -(missing[run.owner - 1] ?? 0)))
    addTo(missing, run.owner, amount)
    const cut = run.to - amount
    return [
      { owner: NOBODY, from: cut, to: run.to },
      { ...run, to: cut },
    ]
  })
  return merge(fromHighest.reverse())
}

function take(runs: readonly Run[], missing: number[], from: number): readonly Run[] {
  return merge(runs.flatMap((run) => (run.owner === from ? share(run, missing) : [run])))
}

/** Divides a run among the owners who miss buckets. The owner of the run keeps the rest. */
function share(run: Run, missing: number[]): readonly Run[] {
  let begin = run.from
  const parts = missing.map((amount, index): Run => {
    const from = begin
    begin += Math.min(run.to - begin, amount)
    return { owner: index + 1, from, to: begin }
  })
  for (const part of parts) addTo(missing, part.owner, -sizeOf(part))
  return [...parts, { ...run, from: begin }]
}

function addTo(missing: number[], owner: number, amount: number): void {
  if (owner > DEFAULT_OWNER) missing[owner - 1] = (missing[owner - 1] ?? 0) + amount
}
