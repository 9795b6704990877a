import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { allocate } from '../../src/domain/rollout/allocate.ts'
import type { Candidate, Rollout } from '../../src/domain/rollout/rollout.ts'

/** A candidate of a rollout for a test. */
export interface CandidateOfTest {
  readonly tag: string
  readonly weight?: number
  readonly pinnedKeys?: readonly string[]
  readonly isHeld?: boolean
}

/** A rollout for a test. Its buckets are allocated after `previous`. */
export function rolloutOf(
  candidates: readonly CandidateOfTest[],
  previous: Rollout | null = null,
  salt = 's1',
): Rollout {
  const shares = candidates.map(({ tag, weight = 0 }) => ({ tag: tag as RevisionTag, weight }))
  const allocated = allocate(previous, shares)
  return {
    candidates: candidates.map(
      ({ tag, weight = 0, pinnedKeys = [], isHeld = false }, index): Candidate => ({
        tag: tag as RevisionTag,
        weight,
        pinnedKeys,
        buckets: allocated[index] ?? [],
        isHeld,
      }),
    ),
    salt,
    reason: '',
    startTime: 0,
    updateTime: 0,
    setAt: 1,
  }
}
