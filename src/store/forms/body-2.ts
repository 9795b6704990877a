import type { Alias } from '../../domain/alias.ts'
import type { StoredRule } from '../../domain/entries/delta.ts'
import type { DefaultRule, Head } from '../../domain/head.ts'
import type { Deprecation } from '../../domain/lifecycle.ts'
import type { Entry, Revision } from '../../domain/log.ts'
import type { RevisionInfo } from '../../domain/revision-info.ts'

/**
 * The body of an entry of form 2, which has a whole copy of the head and of the revision. A value that is the usual one
 * is left out: an empty reason, the actor of the entry, its own id as the etag. Form 1 has fewer keys.
 */
export interface Body2 extends Pick<Entry, 'event'>, Partial<Pick<Entry, 'reason' | 'alias' | 'request'>> {
  readonly actor: string
  readonly revision?: StoredRevision
  readonly head: StoredHead
}

/** A revision in an entry. */
export interface StoredRevision
  extends Pick<Revision, 'requestedDefault' | 'registeredAt'>,
    Partial<Pick<Revision, 'registeredBy' | 'ordinal' | 'etag'>> {
  readonly info?: Partial<RevisionInfo>
  readonly registeredInfo?: Partial<RevisionInfo>
  readonly state?: StoredState
  /** The deprecation of a revision that is also yanked, because `state` holds only one of the two. */
  readonly deprecation?: Deprecation
  /** Absent: the writer of the entry. Versions that only know form 2 leave it out. */
  readonly writtenBy?: Revision['writtenBy']
}

export type StoredState =
  | ({ readonly kind: 'deprecated' } & Deprecation)
  | { readonly kind: 'yanked'; readonly reason: string }
  | { readonly kind: 'deleted' }

/** Versions that only know form 2 leave out `isImported`, and keep it. */
export type StoredAlias = Omit<Alias, 'isImported'> & { readonly isImported?: true }

export interface StoredHead
  extends Pick<Head, 'defaultTag' | 'highestSemver' | 'highestRelease'>,
    Partial<Pick<Head, 'revisionCount' | 'etag'>> {
  readonly aliases?: readonly StoredAlias[]
  readonly defaultRule?: StoredRule
  /** Absent: whether the rule has the name of the imports. Versions that only know form 2 leave it out. */
  readonly isDefaultImported?: boolean
}

/** The actor of the entries that an import wrote in form 2, which does not name the writer. */
export const IMPORT = 'import'

/** Whether a rule was set by an import, or nobody has set one. */
export function isImportRule(rule: DefaultRule | null): boolean {
  return rule === null || rule.actor === IMPORT
}
