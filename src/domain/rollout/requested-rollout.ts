import { parseRevisionTag, type RevisionTag } from '../revision-tag.ts'

/** The candidates that a person requests. */
export interface RequestedRollout {
  readonly candidates: readonly RequestedCandidate[]
  /** Null: the registry makes one, or keeps that of the rollout that runs. */
  readonly salt: string | null
}

/** A candidate that a person requests. */
export interface RequestedCandidate {
  readonly tag: RevisionTag
  readonly weight: number
  readonly pinnedKeys: readonly string[]
}

/** The text of a requested rollout, as a request has it. */
export interface RolloutText {
  readonly candidates: readonly {
    readonly revisionTag: string
    readonly weight: number
    readonly pinnedKeys: readonly string[]
  }[]
  readonly salt: string
}

/** Parses a requested rollout. Throws `INVALID_ROLLOUT`, `INVALID_TARGETING_KEY` or `INVALID_REVISION_TAG`. */
export function parseRequestedRollout({ candidates, salt }: RolloutText): RequestedRollout {
  return {
    candidates: candidates.map(({ revisionTag, ...rest }) => ({ tag: parseRevisionTag(revisionTag), ...rest })),
    salt: salt === '' ? null : salt,
  }
}
