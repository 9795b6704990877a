import { bucketOf } from './bucket-of.ts'
import { BUCKETS, type Candidate, type Rollout } from './rollout.ts'
import type { TargetingKey } from './targeting-key.ts'

/** The candidate that a caller gets in place of the default. */
export interface Chosen {
  readonly candidate: Candidate
  /** `pinned`: it is named for the key. `bucket`: it has the key's bucket. `everybody`: it has all buckets. */
  readonly by: 'pinned' | 'bucket' | 'everybody'
}

/**
 * The candidate that a caller gets. Null: the caller gets the default. A caller without a key gets the default, too, unless a
 * candidate has all buckets. A held candidate gives its callers the default, also those that are pinned to it.
 */
export function candidateFor(
  { candidates, salt }: Pick<Rollout, 'candidates' | 'salt'>,
  key: TargetingKey | null,
): Chosen | null {
  const pinned = key === null ? undefined : candidates.find(({ pinnedKeys }) => pinnedKeys.includes(key))
  if (pinned !== undefined) return unlessHeld(pinned, 'pinned')
  const full = candidates.find(({ weight }) => weight === BUCKETS)
  if (full !== undefined) return unlessHeld(full, 'everybody')
  if (key === null) return null
  const bucket = bucketOf(salt, key)
  const owner = candidates.find(({ buckets }) => buckets.some(({ from, to }) => from <= bucket && bucket < to))
  return owner === undefined ? null : unlessHeld(owner, 'bucket')
}

function unlessHeld(candidate: Candidate, by: Chosen['by']): Chosen | null {
  return candidate.isHeld ? null : { candidate, by }
}
