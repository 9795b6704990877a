import type { RevisionTag } from '../revision-tag.ts'
import type { Rollout } from './rollout.ts'

/**
 * Returns the rollout without a candidate, whose buckets fall to the default. Null: it was the last candidate, so the rollout
 * ends. Returns the same rollout if it does not have the candidate.
 */
export function withoutCandidate(rollout: Rollout, tag: RevisionTag): Rollout | null {
  const candidates = rollout.candidates.filter((candidate) => candidate.tag !== tag)
  if (candidates.length === rollout.candidates.length) return rollout
  return candidates.length === 0 ? null : { ...rollout, candidates }
}

/**
 * Returns the rollout with a candidate that is held, or no longer held. Returns the same rollout if it does not have the
 * candidate, or if nothing changes.
 */
export function withHeld(rollout: Rollout, tag: RevisionTag, isHeld: boolean): Rollout {
  const isChanged = rollout.candidates.some((candidate) => candidate.tag === tag && candidate.isHeld !== isHeld)
  if (!isChanged) return rollout
  const candidates = rollout.candidates.map((each) => (each.tag === tag ? { ...each, isHeld } : each))
  return { ...rollout, candidates }
}
