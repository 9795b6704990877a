import { RegistryError } from '../domain/errors.ts'
import { type DefaultRule, emptyHead, type Head } from '../domain/head.ts'
import { active, type Deprecation, deleted, type Lifecycle } from '../domain/lifecycle.ts'
import type { Entry, LogEvent, Revision, RevisionEvent } from '../domain/log.ts'
import { givenParts, noInfo, type RevisionInfo } from '../domain/revision-info.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../domain/sruid.ts'

/** The parts of an entry that a store keeps apart, since it looks for them. */
export interface EntryKey {
  readonly id: string
  readonly service: ServiceId
  readonly generation: number
  readonly time: number
  /** The tag of its revision; empty: it has none. */
  readonly tag: string
}

/**
 * The rest of an entry. Most values are what they usually are (nothing said, nobody else, not changed since). Those are left
 * out, and are also absent in entries that are older than their key.
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
  /** The deprecation of a revision that is also yanked, since `state` has room for one of the two. */
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

/** The tag that an entry is found by. */
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
 * The inverse of `toStoredEntry`. Texts are not parsed again: they were parsed before they were written. Throws
 * `DAMAGED_ENTRY` for an entry that lacks what its event has.
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

/** The error for an entry that can't be read. */
export function damagedEntry({ service, generation }: Pick<EntryKey, 'service' | 'generation'>, cause?: unknown) {
  const message = `The stored entry ${generation} of ${formatServiceId(service)} is damaged.`
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
