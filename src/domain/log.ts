import type { AliasName } from './alias.ts'
import { type DefaultRule, emptyHead, type Head, isSameButForCount, withDefault, withNewest } from './head.ts'
import { active, isChoosable, type Lifecycle } from './lifecycle.ts'
import { isSameInfo, noInfo, type RevisionInfo } from './revision-info.ts'
import type { ServiceId, Sruid } from './sruid.ts'

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
  /** The information in the registration, if it was changed later. Null: it is `info`. A replay must have the same. */
  readonly registeredInfo: RevisionInfo | null
  readonly lifecycle: Lifecycle
  /** Changes whenever the revision changes. */
  readonly etag: string
}

/** The kinds of change of a revision. */
export type RevisionEvent =
  | 'revision-registered'
  | 'revision-updated'
  | 'revision-deprecated'
  | 'revision-undeprecated'
  | 'revision-yanked'
  | 'revision-unyanked'
  /** Version 0.1.0 wrote this event to remove a yank or a deprecation. */
  | 'revision-restored'
  | 'revision-deleted'

/** The kinds of change of the default. */
export type DefaultEvent = 'default-set' | 'default-cleared'

/** The kinds of change of an alias. */
export type AliasEvent = 'alias-set' | 'alias-deleted'

/** The identity of the request that made a change. A caller that sends the request again gets its first answer. */
export interface RequestMark {
  readonly id: string
  /** Requests with different content have different fingerprints. */
  readonly fingerprint: string
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
  readonly actor: string
  /** The reason in the words of the person who made the change. Empty: no reason was given. */
  readonly reason: string
  /** The request that made the change. Null: it had no id. */
  readonly request: RequestMark | null
  /** The service as a whole after the change. */
  readonly head: Head
}

/** An entry that changes a revision. */
export interface RevisionEntry extends EntryBase {
  readonly event: RevisionEvent
  /** The revision after the change. */
  readonly revision: Revision
  readonly alias: null
}

/** An entry that changes the default. */
export interface DefaultEntry extends EntryBase {
  readonly event: DefaultEvent
  /** The revision that became the default, or was the default until now. Null if the service had no default. */
  readonly revision: Revision | null
  readonly alias: null
}

/** An entry that changes an alias. */
export interface AliasEntry extends EntryBase {
  readonly event: AliasEvent
  /** The revision that the alias points to, or pointed to until now. Null if it pointed to no revision. */
  readonly revision: Revision | null
  readonly alias: AliasName
}

/** One change of one service, and the state after it. Entries are never changed or removed. */
export type Entry = RevisionEntry | DefaultEntry | AliasEntry

/** The kinds of change in a log. */
export type LogEvent = Entry['event']

/** A service as a whole, at one generation. */
export interface HeadSnapshot {
  readonly generation: number
  readonly time: number
  readonly head: Head
}

/** A service at one generation, and a revision as it was then. */
export interface Snapshot extends HeadSnapshot {
  /** The requested revision, which may be deleted. Null: the service has never had it. */
  readonly revision: Revision | null
}

/** The author and the time of a change. */
export interface Writer {
  /** The id of the entry. */
  readonly id: string
  readonly actor: string
  /** The writer's clock. The entry's time is later if the service's newest entry is later. */
  readonly now: number
  readonly request?: RequestMark | null
}

/** The content of a registration, and the decision about the default. */
export interface Registration extends Writer {
  readonly sruid: Sruid
  readonly requestedDefault: boolean | null
  readonly becomesDefault: boolean
  /** The policy that decided `becomesDefault`. Null: the registration decided it. */
  readonly policy?: string | null
  readonly info?: RevisionInfo
  /** For an import: the information in the original registration, if it was changed later. */
  readonly registeredInfo?: RevisionInfo | null
  /** For an import: the time of the original registration. Default: now. */
  readonly registeredAt?: number
  /** For an import: the author of the original registration. Default: the writer. */
  readonly registeredBy?: string
  readonly lifecycle?: Lifecycle
}

/** The parts of an entry that a use case decides. */
type Decided<E extends Entry> = Pick<E, 'event' | 'revision' | 'head'> & { readonly reason?: string }

/** Makes the entry that changes a revision. `newest` is null if the service is new. */
export function revisionEntry(
  newest: HeadSnapshot | null,
  change: Decided<RevisionEntry>,
  writer: Writer,
): RevisionEntry {
  const { event, revision, head, reason = '' } = change
  const base = entryBase(newest, revision, head, writer)
  return { ...base, event, reason, alias: null, revision: { ...revision, etag: writer.id } }
}

/** Makes the entry that changes the default of a service. */
export function defaultEntry(
  newest: HeadSnapshot | null,
  change: Decided<DefaultEntry> & { readonly service: ServiceId },
  writer: Writer,
): DefaultEntry {
  const { service, event, revision, head, reason = '' } = change
  return { ...entryBase(newest, service, head, writer), event, reason, alias: null, revision }
}

/** Makes the entry that changes an alias of a service. */
export function aliasEntry(
  newest: HeadSnapshot | null,
  change: Decided<AliasEntry> & Pick<AliasEntry, 'service' | 'alias'>,
  writer: Writer,
): AliasEntry {
  const { service, event, revision, head, alias, reason = '' } = change
  return { ...entryBase(newest, service, head, writer), event, reason, alias, revision }
}

/** Makes the entry that registers a revision. */
export function registrationEntry(newest: HeadSnapshot | null, registration: Registration): RevisionEntry {
  const { id, sruid, requestedDefault, actor, info = noInfo, lifecycle = active } = registration
  const { registeredInfo = null, registeredBy = actor } = registration
  const time = nextTime(newest, registration.now)
  const revision: Revision = {
    ...{ namespace: sruid.namespace, name: sruid.name, revisionTag: sruid.revisionTag },
    ...{ requestedDefault, registeredAt: registration.registeredAt ?? time, registeredBy },
    ...{ ordinal: nextGeneration(newest), info, registeredInfo, lifecycle, etag: id },
  }
  const before = newest?.head ?? emptyHead
  const counted: Head = { ...before, revisionCount: before.revisionCount + (lifecycle.isDeleted ? 0 : 1) }
  const chosen = isChoosable(lifecycle) ? withNewest(counted, sruid.revisionTag, id) : counted
  const head = registration.becomesDefault ? withDefault(chosen, sruid.revisionTag, ruleOf(registration, time)) : chosen
  return revisionEntry(newest, { event: 'revision-registered', revision, head }, registration)
}

/** Whether a repeated registration has the content of the first one. Later changes do not count. */
export function isSameRegistration(stored: Revision, again: Pick<Registration, 'requestedDefault' | 'info'>): boolean {
  return (
    stored.requestedDefault === again.requestedDefault && isSameInfo(registeredInfoOf(stored), again.info ?? noInfo)
  )
}

/** The information in the registration of a revision. */
export function registeredInfoOf({ registeredInfo, info }: Revision): RevisionInfo {
  return registeredInfo ?? info
}

/** Whether an entry changes a revision. */
export function isRevisionEntry(entry: Entry): entry is RevisionEntry {
  return entry.event.startsWith('revision-')
}

/** Whether an entry changes the default. */
export function isDefaultEntry(entry: Entry): entry is DefaultEntry {
  return entry.event === 'default-set' || entry.event === 'default-cleared'
}

/** Whether an entry changes an alias. */
export function isAliasEntry(entry: Entry): entry is AliasEntry {
  return entry.event === 'alias-set' || entry.event === 'alias-deleted'
}

/** The time of the next entry of a service: now, but never earlier than the newest entry. */
export function nextTime(newest: HeadSnapshot | null, now: number): number {
  return Math.max(now, newest?.time ?? 0)
}

function entryBase(newest: HeadSnapshot | null, service: ServiceId, head: Head, writer: Writer) {
  const { id, actor, now, request = null } = writer
  const previous = newest?.head ?? emptyHead
  return {
    id,
    service: { namespace: service.namespace, name: service.name },
    generation: nextGeneration(newest),
    time: nextTime(newest, now),
    ...{ actor, request },
    head: { ...head, etag: newest !== null && isSameButForCount(head, previous) ? previous.etag : id },
  }
}

function nextGeneration(newest: HeadSnapshot | null): number {
  return (newest?.generation ?? 0) + 1
}

function ruleOf({ policy = null, actor }: Registration, time: number): DefaultRule {
  return { by: policy === null ? 'registration' : 'policy', policy, reason: '', actor, time }
}
