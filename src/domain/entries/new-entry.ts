import type { Principal } from '../access/principal.ts'
import type { Alias } from '../alias.ts'
import type { AliasPlace, DefaultRule, FullHead } from '../head.ts'
import { emptyHead, isSameButForCount, withDefault, withNewest } from '../head.ts'
import { active, isChoosable, type Lifecycle } from '../lifecycle.ts'
import type {
  AliasEntry,
  DefaultEntry,
  Entry,
  FullHeadSnapshot,
  FullRevision,
  HeadSnapshot,
  RequestMark,
  RevertEntry,
  RevisionEntry,
  RolloutEntry,
  WriterKind,
} from '../log.ts'
import { isSameInfo, noInfo, type RevisionInfo } from '../revision-info.ts'
import type { ServiceId, Sruid } from '../sruid.ts'
import { movesBetween, nextPlace } from './alias-moves.ts'
import { hashOf } from './chain.ts'
import { type Before, type Changed, deltaOf, isOtherDefault } from './compute-delta.ts'
import { nextInfoPlace } from './info-place.ts'

/** The author and the time of a change. */
export interface Writer {
  /** The id of the entry. */
  readonly id: string
  readonly principal: Principal
  /** Default: `api`. */
  readonly kind?: WriterKind
  /** The writer's clock. The entry's time is later if the service's newest entry is later. */
  readonly now: number
  readonly request?: RequestMark | null
  /** See `Link`. Default: none, for the anonymous principal. */
  readonly salt?: string
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
type Decided<E extends Entry> = Pick<E, 'event' | 'head'> & { readonly reason?: string }

/** A change of a revision. */
export interface RevisionChanged extends Decided<RevisionEntry> {
  /** The revision before the change. Null: it is registered. */
  readonly before: FullRevision | null
  /** The revision after the change. Its etag, its writers and the place of its information are computed. */
  readonly revision: FullRevision
}

/** Makes the entry that changes a revision. `newest` is null if the service is new. */
export function revisionEntry(
  newest: FullHeadSnapshot | null,
  { event, before, revision, head, reason = '' }: RevisionChanged,
  writer: Writer,
): RevisionEntry {
  const base = entryBase(newest, revision, head, writer)
  const changed: FullRevision = {
    ...revision,
    infoPlace: nextInfoPlace(before, revision.info, base.generation),
    writtenBy: before === null || before.writtenBy === base.writer ? base.writer : 'both',
    etag: writer.id,
  }
  return link(newest, before, writer, { ...base, event, reason, alias: null, revision: changed })
}

/** Makes the entry that changes the default of a service. */
export function defaultEntry(
  newest: FullHeadSnapshot | null,
  { service, event, head, reason = '' }: Decided<DefaultEntry> & { readonly service: ServiceId },
  writer: Writer,
): DefaultEntry {
  const base = entryBase(newest, service, head, writer)
  return link(newest, null, writer, { ...base, event, reason, alias: null, revision: null })
}

/** Makes the entry that changes an alias of a service. */
export function aliasEntry(
  newest: FullHeadSnapshot | null,
  { service, event, head, alias, reason = '' }: Decided<AliasEntry> & Pick<AliasEntry, 'service' | 'alias'>,
  writer: Writer,
): AliasEntry {
  const base = entryBase(newest, service, head, writer)
  // The entry has the whole list, whatever changed.
  const aliasPlace = wholeList(head.aliases, base.generation)
  const changed = { ...base, head: { ...base.head, aliasPlace } }
  return link(newest, null, writer, { ...changed, event, reason, alias, revision: null })
}

/** Makes the entry that sets or ends the rollout of a service. If it promotes a candidate, the head has that default. */
export function rolloutEntry(
  newest: FullHeadSnapshot | null,
  { service, event, head, reason = '' }: Decided<RolloutEntry> & { readonly service: ServiceId },
  writer: Writer,
): RolloutEntry {
  const base = entryBase(newest, service, head, writer)
  return link(newest, null, writer, { ...base, event, reason, alias: null, revision: null })
}

/**
 * Makes the entry that restores the choices of an earlier generation. The head has the default, the rule, the aliases and the
 * rollout that it restores. An alias keeps its etag if it is the same now. All others get that of the entry.
 */
export function revertEntry(
  newest: FullHeadSnapshot,
  { service, head, reason = '' }: Omit<Decided<RevertEntry>, 'event'> & { readonly service: ServiceId },
  writer: Writer,
): RevertEntry {
  const restored = { ...head, aliases: restoredAliases(newest.head.aliases, head.aliases, writer.id) }
  const base = entryBase(newest, service, restored, writer)
  const hasSameAliases = base.head.aliases === newest.head.aliases
  const aliasPlace = hasSameAliases ? newest.head.aliasPlace : wholeList(base.head.aliases, base.generation)
  const changed = { ...base, head: { ...base.head, aliasPlace } }
  return link(newest, null, writer, { ...changed, event: 'choices-reverted', reason, alias: null, revision: null })
}

/** Makes the entry that registers a revision. */
export function registrationEntry(newest: FullHeadSnapshot | null, registration: Registration): RevisionEntry {
  const { id, sruid, requestedDefault, principal, kind = 'api', info = noInfo, lifecycle = active } = registration
  const { registeredInfo = null, registeredBy = principal.name } = registration
  const time = nextTime(newest, registration.now)
  const ordinal = nextGeneration(newest)
  const revision: FullRevision = {
    ...{ namespace: sruid.namespace, name: sruid.name, revisionTag: sruid.revisionTag },
    ...{ requestedDefault, registeredAt: registration.registeredAt ?? time, registeredBy, ordinal },
    ...{ info, infoPlace: { generation: ordinal, changed: {} }, lifecycle, writtenBy: kind, etag: id },
    registeredInfo: registeredInfo !== null && isSameInfo(registeredInfo, info) ? null : registeredInfo,
  }
  const head = headAfter(newest?.head ?? emptyHead, revision, registration, time)
  return revisionEntry(newest, { event: 'revision-registered', before: null, revision, head }, registration)
}

/** The time of the next entry of a service: now, but never earlier than the newest entry. */
export function nextTime(newest: Pick<HeadSnapshot, 'time'> | null, now: number): number {
  return Math.max(now, newest?.time ?? 0)
}

function headAfter(
  before: FullHead,
  { revisionTag, lifecycle }: FullRevision,
  registration: Registration,
  time: number,
): FullHead {
  const counted: FullHead = { ...before, revisionCount: before.revisionCount + (lifecycle.isDeleted ? 0 : 1) }
  const chosen = isChoosable(lifecycle) ? withNewest(counted, revisionTag, registration.id) : counted
  return registration.becomesDefault ? withDefault(chosen, revisionTag, ruleOf(registration, time)) : chosen
}

function entryBase(newest: FullHeadSnapshot | null, service: ServiceId, head: FullHead, writer: Writer) {
  const { id, principal, kind = 'api', now, request = null } = writer
  const generation = nextGeneration(newest)
  return {
    id,
    service: { namespace: service.namespace, name: service.name },
    generation,
    time: nextTime(newest, now),
    ...{ principal, writer: kind, request },
    head: completeHead(newest?.head ?? emptyHead, head, { id, kind, generation }),
  }
}

// The lists are compared by identity, so a list whose aliases are the same must be the same list.
function withKnownAliases(before: FullHead, head: FullHead): FullHead {
  if (head.aliases === before.aliases || movesBetween(before.aliases, head.aliases)?.length !== 0) return head
  return { ...head, aliases: before.aliases }
}

// A use case decides the default and the aliases. The rest follows from the head before.
function completeHead(
  before: FullHead,
  decided: FullHead,
  { id, kind, generation }: Pick<Entry, 'id' | 'generation'> & { readonly kind: WriterKind },
): FullHead {
  const head = withKnownAliases(before, decided)
  const isImported = before.isDefaultImported && (kind === 'import' || !isOtherDefault(before, head))
  return {
    ...head,
    isDefaultImported: isImported,
    etag: before.etag !== '' && isSameButForCount(head, before) ? before.etag : id,
    aliasPlace: placeAfter(before, head, generation),
  }
}

function wholeList({ length }: FullHead['aliases'], generation: number): AliasPlace {
  return length === 0 ? emptyHead.aliasPlace : { generation, moves: [] }
}

// Returns the same list if it is the same, so that heads can be compared by identity.
function restoredAliases(present: readonly Alias[], wanted: readonly Alias[], etag: string): readonly Alias[] {
  const known = new Map(present.map((alias) => [alias.name, alias]))
  const sorted = wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const restored = sorted.map((alias) => {
    const now = known.get(alias.name)
    return now !== undefined && isSameTarget(now, alias) ? now : { ...alias, etag, isImported: false }
  })
  const isSame = restored.length === present.length && restored.every((alias, index) => alias === present[index])
  return isSame ? present : restored
}

function isSameTarget(a: Alias, b: Alias): boolean {
  const isSameRange =
    a.follows?.range === b.follows?.range && a.follows?.includePrerelease === b.follows?.includePrerelease
  return a.tag === b.tag && isSameRange
}

function placeAfter(before: FullHead, { aliases }: FullHead, generation: number): AliasPlace {
  if (aliases === before.aliases) return before.aliasPlace
  if (aliases.length === 0) return emptyHead.aliasPlace
  return nextPlace(before, movesBetween(before.aliases, aliases), generation)
}

function link<E extends Changed>(
  newest: FullHeadSnapshot | null,
  revision: Before['revision'],
  { salt = '' }: Writer,
  entry: E,
): E & Pick<Entry, 'link'> {
  const delta = deltaOf({ head: newest?.head ?? emptyHead, revision }, entry)
  const unhashed = { delta, salt, prev: newest?.hash ?? '' }
  return { ...entry, link: { ...unhashed, hash: hashOf(entry, unhashed) } }
}

function nextGeneration(newest: Pick<HeadSnapshot, 'generation'> | null): number {
  return (newest?.generation ?? 0) + 1
}

function ruleOf({ policy = null, principal, kind }: Registration, time: number): DefaultRule {
  const byItself = kind === 'import' ? 'import' : 'registration'
  return { by: policy === null ? byItself : 'policy', policy, reason: '', actor: principal.name, time }
}
