import type { AliasName } from './alias.ts'
import { type DefaultRule, emptyHead, type Head, isSameButForCount, withDefault, withNewest } from './head.ts'
import { active, isChoosable, type Lifecycle } from './lifecycle.ts'
import { isSameInfo, noInfo, type RevisionInfo } from './revision-info.ts'
import type { ServiceId, Sruid } from './sruid.ts'

/** A revision as it is stored. */
export interface Revision extends Sruid {
  /** What the registration said about `is_default`; null: nothing. A replay must say the same. */
  readonly requestedDefault: boolean | null
  /** When it was registered, in milliseconds since 1970 (UTC). */
  readonly registeredAt: number
  /** Who registered it. */
  readonly registeredBy: string
  /** The generation of the entry that registered it. It is unique in its service, and greater for the later of two. */
  readonly ordinal: number
  readonly info: RevisionInfo
  /** What the registration said, if that was changed since; null: it is `info`. A replay must say the same. */
  readonly registeredInfo: RevisionInfo | null
  readonly lifecycle: Lifecycle
  /** Changes whenever the revision does. */
  readonly etag: string
}

/** A change of a revision. */
export type RevisionEvent =
  | 'revision-registered'
  | 'revision-updated'
  | 'revision-deprecated'
  | 'revision-undeprecated'
  | 'revision-yanked'
  | 'revision-unyanked'
  /** Version 0.1.0 removed the yank or the deprecation of a revision by one event. */
  | 'revision-restored'
  | 'revision-deleted'

/** A change of the default. */
export type DefaultEvent = 'default-set' | 'default-cleared'

/** A change of an alias. */
export type AliasEvent = 'alias-set' | 'alias-deleted'

/** The request that made a change, if its caller gave it an id, so that sending it again finds out what became of it. */
export interface RequestMark {
  readonly id: string
  /** Differs for requests with different content. */
  readonly fingerprint: string
}

interface EntryBase {
  /** Unique to this entry. Its writer chooses it, so that a writer whose answer was lost can recognise the entry. */
  readonly id: string
  readonly service: ServiceId
  /** 1, 2, 3 … without gaps per service. */
  readonly generation: number
  /** Milliseconds since 1970 (UTC); never before the entry of the generation before. */
  readonly time: number
  /** Who made the change. */
  readonly actor: string
  /** Why, in the words of whoever made the change; empty: no reason was given. */
  readonly reason: string
  /** The request that made the change; null: it had no id. */
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
  /** The revision that became or was the default; null: there was none. */
  readonly revision: Revision | null
  readonly alias: null
}

/** An entry that changes an alias. */
export interface AliasEntry extends EntryBase {
  readonly event: AliasEvent
  /** The revision that the alias points or pointed to; null: there is none. */
  readonly revision: Revision | null
  readonly alias: AliasName
}

/** One change of one service: what happened, and what is true afterwards. Entries are only ever added. */
export type Entry = RevisionEntry | DefaultEntry | AliasEntry

/** What happened. */
export type LogEvent = Entry['event']

/** A service as a whole, at one generation. */
export interface HeadSnapshot {
  readonly generation: number
  readonly time: number
  readonly head: Head
}

/** A service at one generation, and a revision as it was then. */
export interface Snapshot extends HeadSnapshot {
  /** The revision that was asked for; null: the service has never had it. It may be deleted. */
  readonly revision: Revision | null
}

/** Who makes a change, and when. */
export interface Writer {
  /** The id of the entry. */
  readonly id: string
  readonly actor: string
  /** The writer's clock. The entry's time is later if the service's newest entry is later. */
  readonly now: number
  readonly request?: RequestMark | null
}

/** A registration: what its caller said, and what was decided. */
export interface Registration extends Writer {
  readonly sruid: Sruid
  readonly requestedDefault: boolean | null
  readonly becomesDefault: boolean
  /** The policy that decided that; null: the registration did. */
  readonly policy?: string | null
  readonly info?: RevisionInfo
  /** What the registration said elsewhere, if that was changed since. */
  readonly registeredInfo?: RevisionInfo | null
  /** When and by whom it was registered elsewhere before; default: now, by the writer. */
  readonly registeredAt?: number
  readonly registeredBy?: string
  readonly lifecycle?: Lifecycle
}

/** A change as it is decided, on top of the newest entry of a service (null: the service is new). */
type Decided<E extends Entry> = Pick<E, 'event' | 'revision' | 'head'> & { readonly reason?: string }

/** The entry that changes a revision. */
export function revisionEntry(
  newest: HeadSnapshot | null,
  change: Decided<RevisionEntry>,
  writer: Writer,
): RevisionEntry {
  const { event, revision, head, reason = '' } = change
  const base = entryBase(newest, revision, head, writer)
  return { ...base, event, reason, alias: null, revision: { ...revision, etag: writer.id } }
}

/** The entry that changes the default of a service. */
export function defaultEntry(
  newest: HeadSnapshot | null,
  change: Decided<DefaultEntry> & { readonly service: ServiceId },
  writer: Writer,
): DefaultEntry {
  const { service, event, revision, head, reason = '' } = change
  return { ...entryBase(newest, service, head, writer), event, reason, alias: null, revision }
}

/** The entry that changes an alias of a service. */
export function aliasEntry(
  newest: HeadSnapshot | null,
  change: Decided<AliasEntry> & Pick<AliasEntry, 'service' | 'alias'>,
  writer: Writer,
): AliasEntry {
  const { service, event, revision, head, alias, reason = '' } = change
  return { ...entryBase(newest, service, head, writer), event, reason, alias, revision }
}

/** The entry that registers a revision. */
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

/** Whether registering a revision again says what its registration said. What was changed since does not count. */
export function isSameRegistration(stored: Revision, again: Pick<Registration, 'requestedDefault' | 'info'>): boolean {
  return (
    stored.requestedDefault === again.requestedDefault && isSameInfo(registeredInfoOf(stored), again.info ?? noInfo)
  )
}

/** What the registration of a revision said. */
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

/** When the next entry of a service would be made. */
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
