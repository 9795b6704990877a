import type { Alias } from '../../domain/alias.ts'
import { fromStoredRule, type StoredRule, toStoredRule } from '../../domain/entries/delta.ts'
import { isDefaultEvent, isRevisionEvent } from '../../domain/entries/events.ts'
import { type DefaultRule, emptyHead, type FullHead, type Head } from '../../domain/head.ts'
import { active, type Deprecation, deleted, type Lifecycle } from '../../domain/lifecycle.ts'
import type { Entry, FullRevision, Revision, WriterKind } from '../../domain/log.ts'
import { givenParts, noInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { damagedEntry, type EntryKey, type OpenedEntry, type Parts } from './opened-entry.ts'

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
  /** Absent: the writer of the entry. Versions that only know form 2 leave it out. */
  readonly writtenBy?: Revision['writtenBy']
}

type StoredState =
  | ({ readonly kind: 'deprecated' } & Deprecation)
  | { readonly kind: 'yanked'; readonly reason: string }
  | { readonly kind: 'deleted' }

/** Versions that only know form 2 leave out `isImported`, and keep it. */
type StoredAlias = Omit<Alias, 'isImported'> & { readonly isImported?: true }

interface StoredHead
  extends Pick<Head, 'defaultTag' | 'highestSemver' | 'highestRelease'>,
    Partial<Pick<Head, 'revisionCount' | 'etag'>> {
  readonly aliases?: readonly StoredAlias[]
  readonly defaultRule?: StoredRule
  /** Absent: whether the rule has the name of the imports. Versions that only know form 2 leave it out. */
  readonly isDefaultImported?: boolean
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
    const usual = { name: actor, reason: '', time }
    const defaultRule = stored.defaultRule ? fromStoredRule(stored.defaultRule, usual) : null
    const { isDefaultImported = isImportRule(defaultRule) } = stored
    const { reserved } = emptyHead
    return { defaultTag, defaultRule, isDefaultImported, highestSemver, highestRelease, revisionCount, etag, reserved }
  }

  fullHead(): FullHead {
    const { generation } = this.key
    const aliases = (this.#body.head.aliases ?? []).map(fromStoredAlias)
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
      infoPlace: { generation, changed: {} },
      lifecycle: stored.state === undefined ? active : fromStoredLifecycle(stored),
      writtenBy: stored.writtenBy ?? this.#writer(),
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

  get parts(): Parts {
    const { head, revision } = this.#body
    return {
      aliases: () => this.#required(head.aliases).map(fromStoredAlias),
      info: () => ({ ...noInfo, ...this.#required(revision?.info) }),
      registration: () => {
        const { registeredInfo, info } = this.#required(revision)
        return { ...noInfo, ...(registeredInfo ?? info) }
      },
    }
  }

  #required<T>(part: T | undefined): T {
    if (part === undefined) throw damagedEntry(this.key)
    return part
  }

  #writer(): WriterKind {
    return this.#body.actor === IMPORT ? 'import' : 'api'
  }
}

function isImportRule(rule: DefaultRule | null): boolean {
  return rule === null || rule.actor === IMPORT
}

function fromStoredAlias(alias: StoredAlias): Alias {
  return { ...alias, isImported: alias.isImported ?? false }
}

function toStoredAlias({ isImported, ...alias }: Alias): StoredAlias {
  return { ...alias, ...(isImported && { isImported }) }
}

function toStoredRevision(revision: FullRevision, { id, generation, principal }: Entry): StoredRevision {
  const { requestedDefault, registeredAt, registeredBy, ordinal, info, registeredInfo, writtenBy, etag } = revision
  const writer = principal.name === IMPORT ? 'import' : 'api'
  return {
    requestedDefault,
    registeredAt,
    ...(registeredBy !== principal.name && { registeredBy }),
    ...(ordinal !== generation && { ordinal }),
    ...(info !== noInfo && toStoredInfo(info)),
    ...(registeredInfo !== null && { registeredInfo }),
    ...(revision.lifecycle !== active && toStoredLifecycle(revision.lifecycle)),
    ...(writtenBy !== writer && { writtenBy }),
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
  const { defaultTag, highestSemver, highestRelease, defaultRule, isDefaultImported, aliases, revisionCount, etag } =
    head
  const usual = { name: principal.name, reason: '', time }
  return {
    ...{ defaultTag, highestSemver, highestRelease },
    ...(defaultRule !== null && { defaultRule: toStoredRule(defaultRule, usual) }),
    ...(isDefaultImported !== isImportRule(defaultRule) && { isDefaultImported }),
    ...(aliases.length > 0 && { aliases: aliases.map(toStoredAlias) }),
    ...(revisionCount !== generation && { revisionCount }),
    ...(etag !== id && { etag }),
  }
}
