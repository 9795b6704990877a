import type { NamedPolicy } from '../../domain/default-policy.ts'
import type { Revision, Snapshot } from '../../domain/log.ts'
import type { Store } from '../../store/store.ts'

/** What the use cases need from outside. */
export interface RegistryDeps {
  readonly store: Store
  readonly policy: NamedPolicy
  /** How long the policy may take for one decision, in milliseconds. */
  readonly policyTimeLimitMs: number
  /** The wall clock, in milliseconds since 1970 (UTC). */
  readonly now: () => number
  /** A new unique identifier at each call. */
  readonly newId: () => string
}

/** A revision as a caller sees it. */
export interface RevisionView extends Revision {
  readonly isDefault: boolean
  /** The etag of the service's head. */
  readonly serviceEtag: string
}

/** The view of a revision in a snapshot. */
export function viewRevision(revision: Revision, { head }: Pick<Snapshot, 'head'>): RevisionView {
  return { ...revision, isDefault: head.defaultTag === revision.revisionTag, serviceEtag: head.etag }
}
