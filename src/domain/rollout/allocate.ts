import type { RevisionTag } from '../revision-tag.ts'
import { reduceRanges } from './reduce-ranges.ts'
import { BUCKETS, type BucketRange, type Rollout, rolloutLimits } from './rollout.ts'
import { DEFAULT_OWNER, pushRun, type Run } from './runs.ts'

/** How many of the 100,000 buckets a revision is to have. */
export interface Share {
  readonly tag: RevisionTag
  readonly weight: number
}

// Nobody owns buckets that were given up.
const NOBODY = -1

/**
 * Divides the buckets among the candidates of a rollout, and returns the ranges of each share, in the order of the shares.
 * The default has the other buckets. `previous` is the running rollout, or null if none runs.
 *
 * As few buckets as possible change hands: half the sum of the differences of all shares, the default's included. A share
 * that shrinks gives up its highest buckets, so that the first callers of a candidate are also the last to leave it. Shares
 * that grow take the buckets that were just given up, from the lowest, and then the default's lowest. If this takes more than
 * 256 ranges, a few more buckets change hands. See `reduceRanges`.
 */
export function allocate(
  previous: Pick<Rollout, 'candidates'> | null,
  shares: readonly Share[],
): readonly (readonly BucketRange[])[] {
  const before = ownersOf(previous?.candidates ?? [], shares)
  const owners = redistribute(before, shares)
  const runs = reduceRanges({ before: toRuns(before), after: toRuns(owners), most: rolloutLimits.ranges })
  return shares.map((_, index) =>
    runs.filter(({ owner }) => owner === index + 1).map(({ from, to }): BucketRange => ({ from, to })),
  )
}

/** The owner of each bucket before the change. Candidates that have no share any more have given up their buckets. */
function ownersOf(candidates: Rollout['candidates'], shares: readonly Share[]): Int8Array {
  const owners = new Int8Array(BUCKETS).fill(DEFAULT_OWNER)
  for (const { tag, buckets } of candidates) {
    const index = shares.findIndex((share) => share.tag === tag)
    for (const { from, to } of buckets) owners.fill(index === -1 ? NOBODY : index + 1, from, to)
  }
  return owners
}

/** The owner of each bucket after the change. */
function redistribute(before: Int8Array, shares: readonly Share[]): Int8Array {
  const owners = before.slice()
  const missing = shares.map(({ weight }) => weight)
  for (const owner of owners) if (owner > DEFAULT_OWNER) missing[owner - 1] = (missing[owner - 1] ?? 0) - 1
  giveUp(owners, missing)
  take(owners, missing, NOBODY)
  take(owners, missing, DEFAULT_OWNER)
  return owners.map((owner) => (owner === NOBODY ? DEFAULT_OWNER : owner))
}

// A negative number in `missing` tells how many buckets an owner has too many.
function giveUp(owners: Int8Array, missing: number[]): void {
  for (let bucket = owners.length - 1; bucket >= 0; bucket--) {
    const index = (owners[bucket] ?? DEFAULT_OWNER) - 1
    const excess = missing[index]
    if (excess === undefined || excess >= 0) continue
    owners[bucket] = NOBODY
    missing[index] = excess + 1
  }
}

function take(owners: Int8Array, missing: number[], from: number): void {
  let taker = 0
  for (let bucket = 0; bucket < owners.length; bucket++) {
    if (owners[bucket] !== from) continue
    while (missing[taker] === 0) taker++
    const amount = missing[taker]
    if (amount === undefined) return
    owners[bucket] = taker + 1
    missing[taker] = amount - 1
  }
}

function toRuns(owners: Int8Array): readonly Run[] {
  const runs: Run[] = []
  let from = 0
  for (let bucket = 1; bucket <= owners.length; bucket++) {
    if (owners[bucket] === owners[from]) continue
    pushRun(runs, { owner: owners[from] ?? DEFAULT_OWNER, from, to: bucket })
    from = bucket
  }
  return runs
}
