import type { AliasName } from './alias.ts'
import { type DefaultRule, emptyHead, type Head, isSameButForCount, withDefault, withNewest } from './head.ts'
import { noInfo, type RevisionInfo } from './revision-info.ts'
import { active, isChoosable, type RevisionState } from './revision-state.ts'
import type { ServiceId, Sruid } from './sruid.ts'

/** A revision as it is stored. */
export interface Revision extends Sruid {
  /** What the registration said of `is_default`; null where it said nothing. A replay must say the same. */
  readonly requestedDefault: boolean | null
  /** When it was registered, in milliseconds since 1970 (UTC). */
  readonly registeredAt: number
  /** Who registered it. */
  readonly registeredBy: string
  /** The generation of the entry that registered it, so unique in its service, and greater for the later of two. */
  readonly ordinal: number
  readonly info: RevisionInfo
  /** What the registration said, where that was changed since; null: it is `info`. A replay must say the same. */
  readonly registeredInfo: RevisionInfo | null
  readonly state: RevisionState
  /** Changes whenever the revision does. */
  readonly etag: string
}

/** What an entry records. Those of `revision-…` change the revision, which is then the entry's. */
export type LogEvent =
  | 'revision-registered'
  | 'revision-updated'
  | 'revision-deprecated'
  | 'revision-yanked'
  | 'revision-restored'
  | 'revision-deleted'
  | 'default-set'
  | 'default-cleared'
  | 'alias-set'
  | 'alias-deleted'

/** A request that its caller gave an id, so that sending it again finds out what became of it. */
export interface RequestMark {
  readonly id: string
  /** Differs for requests with other content. */
  readonly fingerprint: string
}

/** One change of one service: what happened, and what is true afterwards. Entries are only ever added. */
export interface Entry {
  /** Unique to this entry, chosen by its writer, so that a writer whose answer was lost can recognise it. */
  readonly id: string
  readonly service: ServiceId
  /** 1, 2, 3 … without gaps per service. */
  readonly generation: number
  /** Milliseconds since 1970 (UTC); never before the entry of the generation before. */
  readonly time: number
  /** Who made the change. */
  readonly actor: string
  readonly event: LogEvent
  /** Why, in the words of who made it; empty: nothing was said. */
  readonly reason: string
  /** The alias that was set or deleted; null for other events. */
  readonly alias: AliasName | null
  /** The request that made the change; null where it had no id. */
  readonly request: RequestMark | null
  /** The revision that the change touched, as it is afterwards; null where there was none. */
  readonly revision: Revision | null
  readonly head: Head
}

/** An entry that registers a revision. */
export interface RegistrationEntry extends Entry {
  readonly revision: Revision
}

/** A service at one generation: its head, and a revision as it was then. */
export interface Snapshot {
  readonly generation: number
  readonly time: number
  readonly head: Head
  /** The revision that was asked for; null where the service had none such. Also one that was deleted. */
  readonly revision: Revision | null
}

/** Who makes a change, and when. */
export interface Writer {
  readonly id: string
  readonly actor: string
  /** The writer's clock. The entry's time is later where the service's newest entry is later. */
  readonly now: number
  readonly request?: RequestMark | null
}

/** What a change does. */
export interface Change {
  readonly event: LogEvent
  /** As it is afterwards, but for the etag. */
  readonly revision: Revision | null
  /** As it is afterwards, but for the etag. */
  readonly head: Head
  readonly reason?: string
  readonly alias?: AliasName | null
}

export interface Registration extends Writer {
  readonly sruid: Sruid
  readonly requestedDefault: boolean | null
  readonly becomesDefault: boolean
  /** The policy that decided that; null: the registration did. */
  readonly policy?: string | null
  readonly info?: RevisionInfo
  /** What the registration said elsewhere, where that was changed since. */
  readonly registeredInfo?: RevisionInfo | null
  /** When and by whom it was registered elsewhere before; default: now, by the writer. */
  readonly registeredAt?: number
  readonly registeredBy?: string
  readonly state?: RevisionState
}

/** The entry that makes a change on top of a service's newest entry (null: the service is new). */
export function entryAfter(newest: Snapshot | null, service: ServiceId, change: Change, writer: Writer): Entry {
  const { event, revision, head, reason = '', alias = null } = change
  const { id, actor, now, request = null } = writer
  const previous = newest?.head ?? emptyHead
  return {
    id,
    service: { namespace: service.namespace, name: service.name },
    generation: nextGeneration(newest),
    time: nextTime(newest, now),
    ...{ actor, event, reason, alias, request },
    revision: revision && event.startsWith('revision-') ? { ...revision, etag: id } : revision,
    head: { ...head, etag: newest !== null && isSameButForCount(head, previous) ? previous.etag : id },
  }
}

/** The entry that registers a revision on top of a service's newest entry (null: the service is new). */
export function registrationEntry(newest: Snapshot | null, registration: Registration): RegistrationEntry {
  const { id, sruid, requestedDefault, actor, info = noInfo, state = active } = registration
  const { registeredInfo = null, registeredBy = actor } = registration
  const time = nextTime(newest, registration.now)
  const revision: Revision = {
    ...{ namespace: sruid.namespace, name: sruid.name, revisionTag: sruid.revisionTag },
    ...{ requestedDefault, registeredAt: registration.registeredAt ?? time, registeredBy },
    ...{ ordinal: nextGeneration(newest), info, registeredInfo, state, etag: id },
  }
  const before = newest?.head ?? emptyHead
  const counted: Head = { ...before, revisionCount: before.revisionCount + (state.kind === 'deleted' ? 0 : 1) }
  const chosen = isChoosable(state) ? withNewest(counted, sruid.revisionTag, id) : counted
  const head = registration.becomesDefault ? withDefault(chosen, sruid.revisionTag, ruleOf(registration, time)) : chosen
  return { ...entryAfter(newest, sruid, { event: 'revision-registered', revision, head }, registration), revision }
}

/** When the next entry of a service would be made. */
export function nextTime(newest: Snapshot | null, now: number): number {
  return Math.max(now, newest?.time ?? 0)
}

function nextGeneration(newest: Snapshot | null): number {
  return (newest?.generation ?? 0) + 1
}

function ruleOf({ policy = null, actor }: Registration, time: number): DefaultRule {
  return { by: policy === null ? 'registration' : 'policy', policy, reason: '', actor, time }
}
