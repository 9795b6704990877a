import { RegistryError } from '../domain/errors.ts'
import { type DefaultRule, emptyHead, type Head } from '../domain/head.ts'
import { active, type Deprecation, deleted, type Lifecycle } from '../domain/lifecycle.ts'
import type { Entry, LogEvent, Revision, RevisionEvent } from '../domain/log.ts'
import { givenParts, noInfo, type RevisionInfo } from '../domain/revision-info.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../domain/sruid.ts'

/** The parts of an entry that a store keeps in columns or fields, because it searches by them. */
export interface EntryKey {
  readonly id: string
  readonly service: ServiceId
  readonly generation: number
  readonly time: number
  /** The tag of the entry's revision; empty: the entry has no revision. */
  readonly tag: string
}

/**
 * The rest of an entry. A value that is the usual one is left out: an empty reason, the actor of the entry, its own id
 * as the etag. A key that is newer than an entry is also absent in it.
 */
export interface StoredEntry
  extends Pick<Entry, 'actor' | 'event'>,
    Partial<Pick<Entry, 'reason' | 'alias' | 'request'>> {
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
}

type StoredState =
  | ({ readonly kind: 'deprecated' } & Deprecation)
  | { readonly kind: 'yanked'; readonly reason: string }
  | { readonly kind: 'deleted' }

interface StoredHead
  extends Pick<Head, 'defaultTag' | 'highestSemver' | 'highestRelease'>,
    Partial<Pick<Head, 'aliases' | 'revisionCount' | 'etag'>> {
  readonly defaultRule?: StoredRule
}

type StoredRule = Pick<DefaultRule, 'by'> & Partial<DefaultRule>

/** The tag by which an entry is found; empty: it has no revision. */
export function tagOf({ revision }: Entry): string {
  return revision?.revisionTag ?? ''
}

/** The parts of an entry that are stored beside its key. */
export function toStoredEntry(entry: Entry): StoredEntry {
  const { actor, event, reason, alias, request, revision, head } = entry
  return {
    actor,
    event,
    ...(reason !== '' && { reason }),
    ...(alias !== null && { alias }),
    ...(request !== null && { request }),
    ...(revision !== null && { revision: toStoredRevision(revision, entry) }),
    head: toStoredHead(head, entry),
  }
}

/**
 * The inverse of `toStoredEntry`. It does not parse texts again, because they were parsed before they were written.
 * Throws `DAMAGED_ENTRY` if the revision or the alias is missing although the event needs it.
 */
export function fromStoredEntry(key: EntryKey, stored: StoredEntry): Entry {
  const { id, service, generation, time, tag } = key
  const { actor, event, reason = '', alias = null, request = null } = stored
  const revision = tag === '' || !stored.revision ? null : fromStoredRevision(key, stored.revision, actor)
  const head = fromStoredHead(key, stored.head, actor)
  if (isRevisionEvent(event)) {
    if (revision === null) throw damagedEntry(key)
    return { id, service, generation, time, actor, event, reason, alias: null, request, revision, head }
  }
  if (event === 'default-set' || event === 'default-cleared') {
    return { id, service, generation, time, actor, event, reason, alias: null, request, revision, head }
  }
  if (alias === null) throw damagedEntry(key)
  return { id, service, generation, time, actor, event, reason, alias, request, revision, head }
}

/** The error for an entry that cannot be read. */
export function damagedEntry({ service, generation }: Pick<EntryKey, 'service' | 'generation'>, cause?: unknown) {
  const message = `entry ${generation} of ${formatServiceId(service)} is damaged in the store; restore the store from a backup.`
  return new RegistryError({ reason: 'DAMAGED_ENTRY', message, cause })
}

function isRevisionEvent(event: LogEvent): event is RevisionEvent {
  return event.startsWith('revision-')
}

function toStoredRevision(revision: Revision, { id, generation, actor }: Entry): StoredRevision {
  const { requestedDefault, registeredAt, registeredBy, ordinal, info, registeredInfo, etag } = revision
  return {
    requestedDefault,
    registeredAt,
    ...(registeredBy !== actor && { registeredBy }),
    ...(ordinal !== generation && { ordinal }),
    ...(info !== noInfo && toStoredInfo(info)),
    ...(registeredInfo !== null && { registeredInfo }),
    ...(revision.lifecycle !== active && toStoredLifecycle(revision.lifecycle)),
    ...(etag !== id && { etag }),
  }
}

function toStoredInfo(info: RevisionInfo): Pick<StoredRevision, 'info'> {
  const given = givenParts(info)
  return Object.keys(given).length > 0 ? { info: given } : {}
}

function toStoredLifecycle({ yank, deprecation, isDeleted }: Lifecycle): Pick<StoredRevision, 'state' | 'deprecation'> {
  if (isDeleted) return { state: { kind: 'deleted' } }
  if (yank !== null) {
    const state = { kind: 'yanked', reason: yank.reason } as const
    return deprecation === null ? { state } : { state, deprecation }
  }
  if (deprecation === null) return {}
  return { state: { kind: 'deprecated', ...deprecation } }
}

function fromStoredLifecycle({ state, deprecation }: StoredRevision): Lifecycle {
  switch (state?.kind) {
    case 'deleted':
      return deleted
    case 'yanked':
      return { yank: { reason: state.reason }, deprecation: deprecation ?? null, isDeleted: false }
    case 'deprecated': {
      const { message, replacement } = state
      return { yank: null, deprecation: { message, replacement }, isDeleted: false }
    }
    default:
      return active
  }
}

function fromStoredRevision(
  { id, service, generation, tag }: EntryKey,
  stored: StoredRevision,
  actor: string,
): Revision {
  const { requestedDefault, registeredAt, registeredInfo } = stored
  const { registeredBy = actor, ordinal = generation, etag = id } = stored
  const { namespace, name } = service
  // Every Get reads one, and a spread for each key costs more than all the rest.
  return {
    namespace,
    name,
    revisionTag: tag as RevisionTag,
    requestedDefault,
    registeredAt,
    registeredBy,
    ordinal,
    info: stored.info === undefined ? noInfo : { ...noInfo, ...stored.info },
    registeredInfo: registeredInfo === undefined ? null : { ...noInfo, ...registeredInfo },
    lifecycle: stored.state === undefined ? active : fromStoredLifecycle(stored),
    etag,
  }
}

function fromStoredHead({ id, generation, time }: EntryKey, stored: StoredHead, actor: string): Head {
  const { defaultTag, highestSemver, highestRelease, aliases = emptyHead.aliases } = stored
  const { revisionCount = generation, etag = id } = stored
  const defaultRule = stored.defaultRule === undefined ? null : fromStoredRule(stored.defaultRule, actor, time)
  return { defaultTag, defaultRule, highestSemver, highestRelease, aliases, revisionCount, etag }
}

function toStoredHead(head: Head, entry: Entry): StoredHead {
  const { id, generation } = entry
  const { defaultTag, highestSemver, highestRelease, defaultRule, aliases, revisionCount, etag } = head
  return {
    ...{ defaultTag, highestSemver, highestRelease },
    ...(defaultRule !== null && { defaultRule: toStoredRule(defaultRule, entry) }),
    ...(aliases.length > 0 && { aliases }),
    ...(revisionCount !== generation && { revisionCount }),
    ...(etag !== id && { etag }),
  }
}

// Most often the entry that set the default is the newest, or is followed by few.
function toStoredRule({ by, policy, reason, actor, time }: DefaultRule, entry: Entry): StoredRule {
  return {
    by,
    ...(policy !== null && { policy }),
    ...(reason !== '' && { reason }),
    ...(actor !== entry.actor && { actor }),
    ...(time !== entry.time && { time }),
  }
}

function fromStoredRule(stored: StoredRule, entryActor: string, entryTime: number): DefaultRule {
  const { by, policy = null, reason = '', actor = entryActor, time = entryTime } = stored
  return { by, policy, reason, actor, time }
}
