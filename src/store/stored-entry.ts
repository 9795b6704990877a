import { type DefaultRule, emptyHead, type Head } from '../domain/head.ts'
import type { Entry, Revision } from '../domain/log.ts'
import { noInfo, type RevisionInfo } from '../domain/revision-info.ts'
import { active } from '../domain/revision-state.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import type { ServiceId } from '../domain/sruid.ts'

/** Where an entry is in the log, which a store keeps apart, since it looks for it. */
export interface EntryKey {
  readonly id: string
  readonly service: ServiceId
  readonly generation: number
  readonly time: number
  /** The tag of its revision; empty: it has none. */
  readonly tag: string
}

/**
 * The rest of an entry. What is as it mostly is (nothing said, nobody else, not changed since) is left out, which also is
 * how entries read that are older than the key.
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
    Partial<Pick<Revision, 'registeredBy' | 'ordinal' | 'registeredInfo' | 'state' | 'etag'>> {
  readonly info?: Partial<RevisionInfo>
}

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

/** What of an entry is stored beside its key. */
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

/** The inverse of `toStoredEntry`. The text in what is stored was parsed before it was written. */
export function fromStoredEntry(key: EntryKey, stored: StoredEntry): Entry {
  const { id, service, generation, time, tag } = key
  const { actor, event, reason = '', alias = null, request = null } = stored
  const revision = tag === '' || !stored.revision ? null : fromStoredRevision(key, stored.revision, actor)
  const head = fromStoredHead(key, stored.head, actor)
  return { id, service, generation, time, actor, event, reason, alias, request, revision, head }
}

function toStoredRevision(revision: Revision, { id, generation, actor }: Entry): StoredRevision {
  const { requestedDefault, registeredAt, registeredBy, ordinal, info, registeredInfo, state, etag } = revision
  const given = Object.entries(info).filter(([part, value]) => !isSame(value, noInfo[part as keyof RevisionInfo]))
  return {
    requestedDefault,
    registeredAt,
    ...(registeredBy !== actor && { registeredBy }),
    ...(ordinal !== generation && { ordinal }),
    ...(given.length > 0 && { info: Object.fromEntries(given) }),
    ...(registeredInfo !== null && { registeredInfo }),
    ...(state.kind !== 'active' && { state }),
    ...(etag !== id && { etag }),
  }
}

function fromStoredRevision(
  { id, service, generation, tag }: EntryKey,
  stored: StoredRevision,
  actor: string,
): Revision {
  const { requestedDefault, registeredAt, registeredInfo = null, state = active } = stored
  const { registeredBy = actor, ordinal = generation, etag = id } = stored
  const { namespace, name } = service
  const revisionTag = tag as RevisionTag
  // Every Get reads one: a spread for each costs more than all the rest.
  const info = stored.info === undefined ? noInfo : { ...noInfo, ...stored.info }
  return {
    namespace,
    name,
    revisionTag,
    requestedDefault,
    registeredAt,
    registeredBy,
    ordinal,
    info,
    registeredInfo,
    state,
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

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
