import type { Alias, AliasName } from '../alias.ts'
import type { DefaultRule } from '../head.ts'
import type { Deprecation, Yank } from '../lifecycle.ts'
import type { RevisionInfo } from '../revision-info.ts'
import type { RevisionTag } from '../revision-tag.ts'
import type { LogEvent } from './events.ts'
import type { StoredRollout } from './stored-rollout.ts'

/** The changes that an entry made. A key is absent if its value did not change. */
export interface Delta {
  readonly event: LogEvent
  /** Absent: the reason of the yank or the message of the deprecation that the entry makes, or none. */
  readonly reason?: string
  /** The alias that was set or deleted. */
  readonly alias?: AliasName
  /** The changes of the revision whose tag the entry has. */
  readonly revision?: RevisionDelta
  readonly default?: DefaultDelta
  readonly highestSemver?: RevisionTag | null
  readonly highestRelease?: RevisionTag | null
  readonly aliases?: AliasesDelta
  /** See `Reserved`. */
  readonly audience?: unknown
  /** The whole rollout, whatever changed of it. Null: it ended. */
  readonly rollout?: StoredRollout | null
}

/** The changes of a revision. A registration has its differences from an active revision without information. */
export interface RevisionDelta {
  readonly requestedDefault?: boolean | null
  /** Absent in a registration: the time of the entry. */
  readonly registeredAt?: number
  /** Absent in a registration: the name of the entry's principal. */
  readonly registeredBy?: string
  /** The parts that changed. */
  readonly info?: Partial<RevisionInfo>
  /** Only in a registration: the information in the original registration. */
  readonly registeredInfo?: Partial<RevisionInfo>
  readonly yank?: Yank | null
  readonly deprecation?: Deprecation | null
  readonly isDeleted?: true
}

/** A new default, or none. */
export interface DefaultDelta {
  readonly tag: RevisionTag | null
  /** Absent: nothing is known about why. */
  readonly rule?: StoredRule
}

/** A rule without its usual parts: no policy, and the entry's reason, the name of its principal, and its time. */
export type StoredRule = Pick<DefaultRule, 'by'> & Partial<DefaultRule>

/** The changes of the aliases. */
export interface AliasesDelta {
  /** The alias that was set, without its name and its etag, which is the id of the entry. */
  readonly set?: Omit<Alias, 'name' | 'etag'>
  /** The aliases that moved, by their places in the list. `positions` is the text of `formatPositions`. */
  readonly moved?: readonly { readonly positions: string; readonly tag: RevisionTag | null }[]
  /** All aliases were deleted with the last revision of the service. */
  readonly cleared?: true
  /** All aliases, if the entry restored those of an earlier generation. It may have set, moved and deleted many. */
  readonly all?: readonly RestoredAlias[]
}

/** An alias without its usual parts: it is fixed, points nowhere, has the id of the entry as its etag, and is no import's. */
export type RestoredAlias = Pick<Alias, 'name'> & Partial<Omit<Alias, 'name'>>

/** An alias without its usual parts. `id` is that of the entry. */
export function toRestoredAlias({ name, follows, tag, etag, isImported }: Alias, id: string): RestoredAlias {
  return {
    ...(etag !== id && { etag }),
    ...(follows !== null && { follows }),
    ...(isImported && { isImported }),
    name,
    ...(tag !== null && { tag }),
  }
}

/** The inverse of `toRestoredAlias`. */
export function fromRestoredAlias(restored: RestoredAlias, id: string): Alias {
  const { name, follows = null, tag = null, etag = id, isImported = false } = restored
  return { name, follows, tag, etag, isImported }
}

/** The author, the time and the reason of an entry, which parts of it leave out if they are the same. */
export interface Usual {
  readonly name: string
  readonly reason: string
  readonly time: number
}

/** A rule without its usual parts. */
export function toStoredRule({ by, policy, reason, actor, time }: DefaultRule, usual: Usual): StoredRule {
  return {
    ...(actor !== usual.name && { actor }),
    by,
    ...(policy !== null && { policy }),
    ...(reason !== usual.reason && { reason }),
    ...(time !== usual.time && { time }),
  }
}

/** The inverse of `toStoredRule`. */
export function fromStoredRule(stored: StoredRule, usual: Usual): DefaultRule {
  const { by, policy = null, reason = usual.reason, actor = usual.name, time = usual.time } = stored
  return { by, policy, reason, actor, time }
}

/** The reason of an entry whose delta does not say it. */
export function usualReason({ event, revision }: Pick<Delta, 'event' | 'revision'>): string {
  if (event === 'revision-yanked') return revision?.yank?.reason ?? ''
  return event === 'revision-deprecated' ? (revision?.deprecation?.message ?? '') : ''
}
