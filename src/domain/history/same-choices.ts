import type { Alias } from '../alias.ts'
import type { Rollout } from '../rollout/rollout.ts'

/** Whether two aliases have the same target: the same range to follow, or the same revision. Undefined: it is missing. */
export function isSameTarget(a: Alias, b: Alias | undefined): boolean {
  if (b === undefined) return false
  if (a.follows === null || b.follows === null) return a.follows === b.follows && a.tag === b.tag
  return a.follows.range === b.follows.range && a.follows.includePrerelease === b.follows.includePrerelease
}

/**
 * Whether two rollouts give every caller the same revision, and began at the same time. Whether a candidate is held is left
 * out, because that follows from the state of its revision.
 */
export function isSameRollout(a: Rollout | null, b: Rollout | null): boolean {
  if (a === null || b === null) return a === b
  return a.salt === b.salt && a.startTime === b.startTime && sharesOf(a) === sharesOf(b)
}

function sharesOf({ candidates }: Rollout): string {
  const shares = candidates.map(({ tag, weight, pinnedKeys, buckets }) => {
    return [tag, weight, pinnedKeys, buckets.map(({ from, to }) => [from, to])]
  })
  return JSON.stringify(shares)
}
