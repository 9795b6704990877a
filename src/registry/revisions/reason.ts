import type { Revision } from '../../domain/log.ts'
import type { VersionRange } from '../../domain/versions/version-range.ts'
import type { LookupResult } from '../../store/store.ts'
import type { ChosenBy } from './choose-candidate.ts'

/** The kinds of rule that choose the revision for a caller. */
export type Rule =
  | 'default-by-policy'
  | 'default-by-registration'
  | 'default-by-hand'
  | 'default-by-import'
  | 'default-after-yank'
  | 'default-by-promotion'
  | 'default-by-revert'
  | 'default-before-rules'
  | 'rollout-pinned'
  | 'rollout-bucket'
  | 'revision-tag'
  | 'version-range'
  | 'alias-fixed'
  | 'alias-follows'

/** The reason for a choice. */
export interface Reason {
  readonly rule: Rule
  /** The rule as a sentence for people. */
  readonly description: string
  /** The range that the revision was chosen from. Undefined: it was chosen from all revisions. */
  readonly range?: VersionRange | undefined
  /** Why a higher version was not chosen, if its state, the range and its labels do not explain it. */
  readonly otherwise: string
  /** Why the rollout that runs did not choose a revision. It returns undefined if the rollout is not the reason. */
  inRollout?(revision: Revision): string | undefined
}

/** The chosen revision, and the service at that time. */
export interface Chosen {
  readonly snapshot: LookupResult
  readonly revision: Revision
  /** The way in which a rollout chose the revision. Null: no rollout did. */
  readonly chosenBy: ChosenBy
}
