import type { RevisionTag } from '../revision-tag.ts'
import type { BucketRange, Candidate, Rollout } from '../rollout/rollout.ts'

/** A rollout as entries keep it, without its usual parts. */
export interface StoredRollout {
  readonly candidates: readonly StoredCandidate[]
  readonly salt: string
  /** Absent: the reason of the entry. */
  readonly reason?: string
  /** Absent: the time of the entry. */
  readonly startTime?: number
  /** Absent: the time of the entry. */
  readonly updateTime?: number
  /** Absent: the generation of the entry. */
  readonly setAt?: number
}

/** A candidate without its usual parts: no pinned keys, no buckets, and not held. */
export interface StoredCandidate {
  readonly tag: RevisionTag
  readonly weight: number
  readonly pinnedKeys?: readonly string[]
  /** The text of `formatBuckets`. */
  readonly buckets?: string
  readonly isHeld?: true
}

/** The parts of an entry that its rollout leaves out if they are the same. */
export interface UsualRollout {
  readonly reason: string
  readonly time: number
  readonly generation: number
}

/** A rollout without its usual parts. */
export function toStoredRollout(rollout: Rollout, usual: UsualRollout): StoredRollout {
  const { candidates, salt, reason, startTime, updateTime, setAt } = rollout
  return {
    candidates: candidates.map(toStoredCandidate),
    salt,
    ...(reason !== usual.reason && { reason }),
    ...(startTime !== usual.time && { startTime }),
    ...(updateTime !== usual.time && { updateTime }),
    ...(setAt !== usual.generation && { setAt }),
  }
}

/** The inverse of `toStoredRollout`. */
export function fromStoredRollout(stored: StoredRollout, usual: UsualRollout): Rollout {
  const { salt, reason = usual.reason, startTime = usual.time, updateTime = usual.time } = stored
  const { candidates, setAt = usual.generation } = stored
  return { candidates: candidates.map(fromStoredCandidate), salt, reason, startTime, updateTime, setAt }
}

/** Buckets as a text, such as `0-10000 25000-30000`. */
export function formatBuckets(buckets: readonly BucketRange[]): string {
  return buckets.map(({ from, to }) => `${from}-${to}`).join(' ')
}

/** The inverse of `formatBuckets`. */
export function parseBuckets(text: string): BucketRange[] {
  if (text === '') return []
  return text.split(' ').map((range) => {
    const dash = range.indexOf('-')
    return { from: Number(range.slice(0, dash)), to: Number(range.slice(dash + 1)) }
  })
}

function toStoredCandidate({ tag, weight, pinnedKeys, buckets, isHeld }: Candidate): StoredCandidate {
  return {
    tag,
    weight,
    ...(pinnedKeys.length > 0 && { pinnedKeys }),
    ...(buckets.length > 0 && { buckets: formatBuckets(buckets) }),
    ...(isHeld && { isHeld }),
  }
}

function fromStoredCandidate({ tag, weight, pinnedKeys = [], buckets = '', isHeld }: StoredCandidate): Candidate {
  return { tag, weight, pinnedKeys, buckets: parseBuckets(buckets), isHeld: isHeld ?? false }
}
