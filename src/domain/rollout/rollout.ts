import type { RevisionTag } from '../revision-tag.ts'

/** The number of buckets into which a rollout divides the callers of a service. A weight counts buckets. */
export const BUCKETS = 100_000

/** The bounds of a rollout. */
export const rolloutLimits = {
  /** The most candidates. */
  candidates: 8,
  /** The most bucket ranges of all candidates together. */
  ranges: 256,
  /** The most pinned keys of all candidates together, and their most bytes in UTF-8. */
  pinnedKeys: 100,
  pinnedBytes: 16_384,
  /** The most characters of a salt. */
  saltLength: 64,
} as const

/** The name of the way in which a rollout finds the bucket of a key. See `bucketOf`. */
export const ALGORITHM = 'murmur3-100k'

/** Some buckets: those from `from` to the one before `to`. */
export interface BucketRange {
  readonly from: number
  readonly to: number
}

/** A revision that some callers get in place of the default. */
export interface Candidate {
  readonly tag: RevisionTag
  /** How many of the 100,000 buckets it has. 0: it is prepared, and only pinned keys get it. */
  readonly weight: number
  /** The targeting keys that always get it. */
  readonly pinnedKeys: readonly string[]
  /** Its buckets, in ascending order. Neighbouring ranges are one range. Their sizes add up to its weight. */
  readonly buckets: readonly BucketRange[]
  /** Whether it is yanked. Its callers then get the default, and it keeps its buckets. */
  readonly isHeld: boolean
}

/** Gives some callers of the default another revision. */
export interface Rollout {
  /** At least one. Their buckets do not overlap. The default has the other buckets. */
  readonly candidates: readonly Candidate[]
  /** Goes into the hash of each targeting key, so that rollouts with different salts divide the callers differently. */
  readonly salt: string
  /** The reason in the words of the person who set it. Empty: no reason was given. */
  readonly reason: string
  /** When a rollout began to run, in milliseconds since 1970 (UTC). Later weights do not change it. */
  readonly startTime: number
  /** When a person last changed it, in milliseconds since 1970 (UTC). */
  readonly updateTime: number
  /** The generation of the entry in which a person last changed it. That entry tells who it was. */
  readonly setAt: number
}
