import { meets } from '../../domain/labels/label-selector.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { Revision } from '../../domain/log.ts'
import { type Chosen as Assigned, candidateFor } from '../../domain/rollout/candidate-for.ts'
import type { LookupResult } from '../../store/store.ts'
import type { GetQuery } from './get-query.ts'

/** The way in which a rollout chose a revision for a caller. Null: no rollout did. */
export type ChosenBy = Assigned['by'] | null

/** A candidate that a rollout chose for a caller. */
export interface ChosenCandidate {
  readonly revision: Revision
  readonly by: Assigned['by']
}

/**
 * The candidate that a caller gets in place of the default. Null: the caller gets the default, because no rollout runs, or
 * the rollout gives the caller no candidate, or the candidate does not meet the label selector.
 */
export function chooseCandidate(
  { head, candidates }: Pick<LookupResult, 'head' | 'candidates'>,
  { targetingKey, labels }: Pick<GetQuery, 'targetingKey' | 'labels'>,
): ChosenCandidate | null {
  const assigned = head.rollout && candidateFor(head.rollout, targetingKey)
  if (assigned === null) return null
  const revision = candidates.find(({ revisionTag }) => revisionTag === assigned.candidate.tag)
  // Versions of Waypost that do not know rollouts may have yanked a candidate without holding it.
  if (revision === undefined || !isChoosable(revision.lifecycle) || !meets(revision.info.labels, labels)) return null
  return { revision, by: assigned.by }
}
