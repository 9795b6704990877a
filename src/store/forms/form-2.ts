import type { Alias } from '../../domain/alias.ts'
import { fromStoredRule, type StoredRule, toStoredRule } from '../../domain/entries/delta.ts'
import { isDefaultEvent, isRevisionEvent } from '../../domain/entries/events.ts'
import { emptyHead, type FullHead, type Head } from '../../domain/head.ts'
import { active, type Deprecation, deleted, type Lifecycle } from '../../domain/lifecycle.ts'
import type { Entry, FullRevision, Revision, WriterKind } from '../../domain/log.ts'
import { givenParts, noInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { damagedEntry, type EntryKey, type OpenedEntry } from './opened-entry.ts'

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
}

type StoredState =
  | ({ readonly kind: 'deprecated' } & Deprecation)
  | { readonly kind: 'yanked'; readonly reason: string }
  | { readonly kind: 'deleted' }

type StoredAlias = Omit<Alias, 'isImported'>

interface StoredHead
  extends Pick<Head, 'defaultTag' | 'highestSemver' | 'highestRelease'>,
    Partial<Pick<Head, 'revisionCount' | 'etag'>> {
  readonly aliases?: readonly StoredAlias[]
  readonly defaultRule?: StoredRule
}

/** The actor of the entries that an import wrote in form 2, which does not name the writer. */
const IMPORT = 'import'

/** The body of an entry in form 2. */
export function toBody2(entry: Entry): Body2 {
  const { principal, event, reason, alias, request, revision, head } = entry
  return {
    actor: principal.name,
    event,
    ...(reason !== '' && { reason }),
    ...(alias !== null && { alias }),
    ...(request !== null && { request }),
    ...(revision !== null && { revision: toStoredRevision(revision, entry) }),
    head: toStoredHead(head, entry),
  }
}

/**
 * An entry of form 1 or 2. It needs no other entry. Its texts are not parsed again, because they were parsed before they
 * were written.
 */
export class Entry2 implements OpenedEntry {
  readonly key: EntryKey
  readonly link = null
  readonly elsewhere = {}
  readonly #body: Body2

  constructor(key: EntryKey, body: Body2) {
    this.key = key
    this.#body = body
  }

  head(): Head {
    const { actor, head: stored } = this.#body
    const { id, generation, time } = this.key
    const { defaultTag, highestSemver, highestRelease, revisionCount = generation, etag = id } = stored
    const defaultRule = stored.defaultRule ? fromStoredRule(stored.defaultRule, { name: actor, time }) : null
    const isDefaultImported = defaultRule === null || defaultRule.actor === IMPORT
    return { defaultTag, defaultRule, isDefaultImported, highestSemver, highestRelease, revisionCount, etag }
  }

  fullHead(): FullHead {
    const { generation } = this.key
    const aliases = this.aliasList()
    const aliasPlace = aliases.length === 0 ? emptyHead.aliasPlace : { generation, moves: [] }
    return { ...this.head(), aliases, aliasPlace }
  }

  revision(): Revision | null {
    const { id, service, generation, tag } = this.key
    const { actor, revision: stored } = this.#body
    if (tag === '') return null
    if (stored === undefined) throw damagedEntry(this.key)
    const { requestedDefault, registeredAt } = stored
    const { registeredBy = actor, ordinal = generation, etag = id } = stored
    // Every Get reads one, and a spread for each key costs more than all the rest.
    return {
      namespace: service.namespace,
      name: service.name,
      revisionTag: tag as RevisionTag,
      requestedDefault,
      registeredAt,
      registeredBy,
      ordinal,
      info: stored.info === undefined ? noInfo : { ...noInfo, ...stored.info },
      endpointsAt: generation,
      lifecycle: stored.state === undefined ? active : fromStoredLifecycle(stored),
      // An import writes nothing but the registration of a revision.
      writtenBy: this.#writer(),
      etag,
    }
  }

  fullRevision(): FullRevision | null {
    const { registeredInfo } = this.#body.revision ?? {}
    const revision = this.revision()
    return (
      revision && {
        ...revision,
        registeredInfo: registeredInfo === undefined ? null : { ...noInfo, ...registeredInfo },
      }
    )
  }

  /** Throws `DAMAGED_ENTRY` if the revision or the alias is missing although the event needs it. */
  entry(): Entry {
    const { actor, event, reason = '', alias = null, request = null } = this.#body
    const { tag: _, ...key } = this.key
    const head = this.fullHead()
    const revision = this.fullRevision()
    const base = { ...key, principal: { name: actor }, writer: this.#writer(), reason, request, head, link: null }
    if (isRevisionEvent(event)) {
      if (revision === null) throw damagedEntry(this.key)
      return { ...base, event, alias: null, revision }
    }
    if (isDefaultEvent(event)) return { ...base, event, alias: null, revision }
    if (alias === null) throw damagedEntry(this.key)
    return { ...base, event, alias, revision }
  }

  statement(): null {
    return null
  }

  aliasList(): readonly Alias[] {
    return (this.#body.head.aliases ?? []).map((alias) => ({ ...alias, isImported: false }))
  }

  endpoints(): RevisionInfo['endpoints'] {
    return this.#body.revision?.info?.endpoints ?? noInfo.endpoints
  }

  registeredInfo(): RevisionInfo {
    const { registeredInfo, info } = this.#body.revision ?? {}
    return { ...noInfo, ...(registeredInfo ?? info) }
  }

  #writer(): WriterKind {
    return this.#body.actor === IMPORT ? 'import' : 'api'
  }
}

function toStoredRevision(revision: FullRevision, { id, generation, principal }: Entry): StoredRevision {
  const { requestedDefault, registeredAt, registeredBy, ordinal, info, registeredInfo, etag } = revision
  return {
    requestedDefault,
    registeredAt,
    ...(registeredBy !== principal.name && { registeredBy }),
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

function toStoredHead(head: FullHead, entry: Entry): StoredHead {
  const { id, generation, time, principal } = entry
  const { defaultTag, highestSemver, highestRelease, defaultRule, aliases, revisionCount, etag } = head
  return {
    ...{ defaultTag, highestSemver, highestRelease },
    ...(defaultRule !== null && { defaultRule: toStoredRule(defaultRule, { name: principal.name, time }) }),
    ...(aliases.length > 0 && { aliases: aliases.map(({ isImported: _, ...alias }) => alias) }),
    ...(revisionCount !== generation && { revisionCount }),
    ...(etag !== id && { etag }),
  }
}
