import type { Alias } from '../../domain/alias.ts'
import { fromStoredRule } from '../../domain/entries/delta.ts'
import { isAliasEvent, isDefaultEvent, isRevisionEvent } from '../../domain/entries/events.ts'
import { emptyHead, type FullHead, type Head } from '../../domain/head.ts'
import { active, deleted, type Lifecycle } from '../../domain/lifecycle.ts'
import type { Entry, FullRevision, Revision, WriterKind } from '../../domain/log.ts'
import { noInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { type Body2, IMPORT, isImportRule, type StoredAlias, type StoredRevision } from './body-2.ts'
import { damagedEntry, type EntryKey, type OpenedEntry, type Parts } from './opened-entry.ts'

/**
 * An entry of form 1 or 2. It needs no other entry. Its texts are not parsed again, because they were parsed before they
 * were written.
 */
export class Entry2 implements OpenedEntry {
  readonly key: EntryKey
  readonly hash = null
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
    const { reserved, rollout } = emptyHead
    const highest = { highestSemver, highestRelease }
    return { defaultTag, defaultRule, isDefaultImported, ...highest, revisionCount, rollout, etag, reserved }
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
    if (alias === null || !isAliasEvent(event)) throw damagedEntry(this.key)
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

function fromStoredAlias(alias: StoredAlias): Alias {
  return { ...alias, isImported: alias.isImported ?? false }
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
