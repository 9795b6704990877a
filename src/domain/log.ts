import type { Principal } from './access/principal.ts'
import type { AliasName } from './alias.ts'
import type { Delta } from './entries/delta.ts'
import {
  type AliasEvent,
  type DefaultEvent,
  isAliasEvent,
  isDefaultEvent,
  isRevisionEvent,
  isRolloutEvent,
  type RevertEvent,
  type RevisionEvent,
  type RolloutEvent,
} from './entries/events.ts'
import type { FullHead, Head } from './head.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { RevisionInfo } from './revision-info.ts'
import type { ServiceId, Sruid } from './sruid.ts'

/** How a change came into the log: by a call of the API, or by an import. */
export type WriterKind = 'api' | 'import'

/** A revision as it is stored. */
export interface Revision extends Sruid {
  /** The `is_default` of the registration. Null: it was absent. A replay must have the same. */
  readonly requestedDefault: boolean | null
  /** When it was registered, in milliseconds since 1970 (UTC). */
  readonly registeredAt: number
  /** Who registered it. */
  readonly registeredBy: string
  /**
   * The generation of the entry that registered it. It is unique in its service and greater for a later registration.
   */
  readonly ordinal: number
  readonly info: RevisionInfo
  readonly infoPlace: InfoPlace
  readonly lifecycle: Lifecycle
  /** The kinds of writers of the revision. `both`: an import and the API. */
  readonly writtenBy: WriterKind | 'both'
  /** Changes whenever the revision changes. */
  readonly etag: string
}

/** The place of a revision's information in the log: one entry has all of it, and later ones may have changed some. */
export interface InfoPlace {
  /** The generation of the entry that has all of it. */
  readonly generation: number
  /** The parts that changed since then, as they are now. */
  readonly changed: Partial<RevisionInfo>
}

/** A revision with the content of its registration, which changes need and most reads do not. */
export interface FullRevision extends Revision {
  /**
   * The information in the request of the registration, if `info` is not the same: an update has changed it, or a token
   * proved a source that the request left out. Null: it is `info`. A replay must have the same.
   */
  readonly registeredInfo: RevisionInfo | null
}

/** The identity of the request that made a change. A caller that sends the request again gets its first answer. */
export interface RequestMark {
  readonly id: string
  /** Requests with different content have different fingerprints. */
  readonly fingerprint: string
}

/** The tie between an entry and the one before it. */
export interface Link {
  /** The changes that the entry made. */
  readonly delta: Delta
  /**
   * Random text that is hashed with the principal, so that its digest does not give the principal away. Empty: the
   * principal is anonymous.
   */
  readonly salt: string
  /** The hash of the entry before. Empty: the chain of the service begins here. */
  readonly prev: string
  /** The SHA-256 of `prev` and the canonical form of the entry, in base64url. See `entries/chain.ts`. */
  readonly hash: string
}

interface EntryBase {
  /** Unique to this entry. The writer chooses it, and can recognise its entry by it if the store's answer was lost. */
  readonly id: string
  readonly service: ServiceId
  /** 1, 2, 3 … without gaps per service. */
  readonly generation: number
  /** Milliseconds since 1970 (UTC). Never earlier than the time of the previous generation. */
  readonly time: number
  /** Who made the change. */
  readonly principal: Principal
  readonly writer: WriterKind
  /** The reason in the words of the person who made the change. Empty: no reason was given. */
  readonly reason: string
  /** The request that made the change. Null: it had no id. */
  readonly request: RequestMark | null
  /** The service as a whole after the change. */
  readonly head: FullHead
  /** Null: the entry was written in form 1 or 2, which have no chain. */
  readonly link: Link | null
}

/** An entry that changes a revision. */
export interface RevisionEntry extends EntryBase {
  readonly event: RevisionEvent
  /** The revision after the change. */
  readonly revision: FullRevision
  readonly alias: null
}

/** An entry that changes the default. */
export interface DefaultEntry extends EntryBase {
  readonly event: DefaultEvent
  /** Entries of form 2 may have a copy of the revision that became the default, or was it until then. */
  readonly revision: FullRevision | null
  readonly alias: null
}

/** An entry that changes an alias. */
export interface AliasEntry extends EntryBase {
  readonly event: AliasEvent
  /** Entries of form 2 may have a copy of the revision that the alias points to, or pointed to until then. */
  readonly revision: FullRevision | null
  readonly alias: AliasName
}

/** An entry that sets or ends the rollout. If it promotes a candidate, it changes the default, too. */
export interface RolloutEntry extends EntryBase {
  readonly event: RolloutEvent
  readonly revision: null
  readonly alias: null
}

/** An entry that restores the default, the aliases and the rollout of an earlier generation. */
export interface RevertEntry extends EntryBase {
  readonly event: RevertEvent
  readonly revision: null
  readonly alias: null
}

/** One change of one service, and the state after it. Entries are never removed, and only lose the names of people. */
export type Entry = RevisionEntry | DefaultEntry | AliasEntry | RolloutEntry | RevertEntry

/** A service as a whole, at one generation. */
export interface HeadSnapshot {
  readonly generation: number
  readonly time: number
  readonly head: Head
  /** The hash of the entry of this generation, as in its link. Null: the entry is of form 1 or 2, which have no chain. */
  readonly hash: string | null
}

/** A service at one generation, and a revision as it was then. */
export interface Snapshot extends HeadSnapshot {
  /** The requested revision, which may be deleted. Null: the service has never had it. */
  readonly revision: Revision | null
}

/** All that the next entry of a service builds on. */
export interface FullHeadSnapshot extends HeadSnapshot {
  readonly head: FullHead
}

/** All that a change of one revision builds on. */
export interface FullSnapshot extends FullHeadSnapshot {
  /** See `Snapshot`. */
  readonly revision: FullRevision | null
}

/** The service as a whole after an entry. */
export function snapshotAfter({ generation, time, head, link }: Entry): FullHeadSnapshot {
  return { generation, time, head, hash: link?.hash ?? null }
}

/**
 * Whether a repeated registration asks for the default as the first one did. Nobody knows it of an imported revision,
 * so there any value is the same.
 */
export function isSameRequestedDefault(
  stored: Revision,
  again: { readonly requestedDefault: boolean | null },
): boolean {
  return stored.writtenBy !== 'api' || stored.requestedDefault === again.requestedDefault
}

/** The information in the registration of a revision. */
export function registeredInfoOf({ registeredInfo, info }: FullRevision): RevisionInfo {
  return registeredInfo ?? info
}

/** Whether an entry changes a revision. */
export function isRevisionEntry(entry: Entry): entry is RevisionEntry {
  return isRevisionEvent(entry.event)
}

/** Whether an entry changes the default. */
export function isDefaultEntry(entry: Entry): entry is DefaultEntry {
  return isDefaultEvent(entry.event)
}

/** Whether an entry changes an alias. */
export function isAliasEntry(entry: Entry): entry is AliasEntry {
  return isAliasEvent(entry.event)
}

/** Whether an entry sets or ends the rollout. */
export function isRolloutEntry(entry: Entry): entry is RolloutEntry {
  return isRolloutEvent(entry.event)
}

/** Whether an entry restores the choices of an earlier generation. */
export function isRevertEntry(entry: Entry): entry is RevertEntry {
  return entry.event === 'choices-reverted'
}
