import { anonymous } from '../../domain/access/principal.ts'
import type { Alias } from '../../domain/alias.ts'
import { parsePositions, withMoves } from '../../domain/entries/alias-moves.ts'
import {
  type Delta,
  fromRestoredAlias,
  fromStoredRule,
  type RevisionDelta,
  type Usual,
  usualReason,
} from '../../domain/entries/delta.ts'
import { isDefaultEvent, isKnownEvent, isRevisionEvent, isRolloutEvent } from '../../domain/entries/events.ts'
import type { Statement } from '../../domain/entries/replay.ts'
import { fromStoredRollout, type UsualRollout } from '../../domain/entries/stored-rollout.ts'
import { type AliasMove, emptyHead, type FullHead, type Head, type Reserved } from '../../domain/head.ts'
import { active, deleted, type Lifecycle } from '../../domain/lifecycle.ts'
import type { Entry, FullRevision, InfoPlace, Link, Revision } from '../../domain/log.ts'
import { noInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import {
  type Body3,
  elsewhereOf,
  type RevisionState,
  type StateAfter,
  type StoredAlias,
  type StoredMove,
} from './body-3.ts'
import {
  damagedEntry,
  type Elsewhere,
  type EntryKey,
  type Holders,
  newerEvent,
  type OpenedEntry,
  type Parts,
  partOf,
} from './opened-entry.ts'

/** An entry of form 3. */
export class Entry3 implements OpenedEntry {
  readonly key: EntryKey
  readonly #body: Body3
  readonly #state: StateAfter

  constructor(key: EntryKey, body: Body3) {
    this.key = key
    this.#body = body
    this.#state = body.state ?? {}
  }

  get hash(): string {
    return this.#body.hash
  }

  get link(): Link {
    const { delta, salt = '', prev = '', hash } = this.#body
    return { delta, salt, prev, hash }
  }

  get elsewhere(): Elsewhere {
    return elsewhereOf(this.#body)
  }

  head(): Head {
    const { id, generation } = this.key
    const { delta } = this.#body
    const state = this.#state
    const rule = delta.default === undefined ? state.defaultRule : delta.default.rule
    const rollout = delta.rollout === undefined ? state.rollout : delta.rollout
    return {
      defaultTag: delta.default === undefined ? (state.defaultTag ?? null) : delta.default.tag,
      defaultRule: rule === undefined ? null : fromStoredRule(rule, this.#usual),
      isDefaultImported: state.isDefaultImported ?? false,
      highestSemver: delta.highestSemver === undefined ? (state.highestSemver ?? null) : delta.highestSemver,
      highestRelease: delta.highestRelease === undefined ? (state.highestRelease ?? null) : delta.highestRelease,
      revisionCount: state.revisionCount ?? generation,
      rollout: rollout ? fromStoredRollout(rollout, this.#usual) : null,
      etag: state.etag ?? id,
      reserved: reservedOf(delta, state),
    }
  }

  fullHead(holders: Holders): FullHead {
    return { ...this.head(), ...this.#aliases(holders) }
  }

  revision(holders: Holders): Revision | null {
    const { id, service, generation, time, tag } = this.key
    if (tag === '') return null
    const { delta, principal = anonymous, writer = 'api' } = this.#body
    const changed = delta.revision ?? {}
    const state = this.#state.revision ?? {}
    // Every Get reads one, and a spread for each key costs more than all the rest.
    return {
      namespace: service.namespace,
      name: service.name,
      revisionTag: tag as RevisionTag,
      requestedDefault: changed.requestedDefault ?? state.requestedDefault ?? null,
      registeredAt: changed.registeredAt ?? state.registeredAt ?? time,
      registeredBy: changed.registeredBy ?? state.registeredBy ?? principal.name,
      ordinal: state.ordinal ?? generation,
      info: this.#info(changed, state, holders),
      infoPlace: infoPlaceOf(changed, state, generation),
      lifecycle: lifecycleOf(changed, state),
      writtenBy: state.writtenBy ?? writer,
      etag: id,
    }
  }

  fullRevision(holders: Holders): FullRevision | null {
    const revision = this.revision(holders)
    return revision && { ...revision, registeredInfo: this.#changedInfo(holders) }
  }

  /** Throws `DAMAGED_ENTRY` if the tag or the alias is missing although the event needs it. */
  entry(holders: Holders): Entry {
    const { delta, principal = anonymous, writer = 'api', request = null } = this.#body
    const { event, reason = usualReason(delta), alias = null } = delta
    const { tag: _, ...key } = this.key
    if (!isKnownEvent(event)) throw newerEvent(this.key, event)
    const head = this.fullHead(holders)
    const base = { ...key, principal, writer, reason, request, head, link: this.link }
    if (isRevisionEvent(event)) {
      const revision = this.fullRevision(holders)
      if (revision === null) throw damagedEntry(this.key)
      return { ...base, event, alias: null, revision }
    }
    if (isDefaultEvent(event)) return { ...base, event, alias: null, revision: null }
    if (isRolloutEvent(event)) return { ...base, event, alias: null, revision: null }
    if (event === 'choices-reverted') return { ...base, event, alias: null, revision: null }
    if (alias === null) throw damagedEntry(this.key)
    return { ...base, event, alias, revision: null }
  }

  statement(): Statement {
    const { principal = anonymous, writer = 'api', request = null } = this.#body
    return { ...this.key, principal, writer, request, link: this.link }
  }

  get parts(): Parts {
    const { delta } = this.#body
    const { aliases, revision: state = {} } = this.#state
    const { info, registeredInfo } = delta.revision ?? {}
    return {
      aliases: () => this.#restored ?? this.#required(aliases),
      info: () => {
        if (state.infoAt !== undefined || (info ?? state.info) === undefined) throw damagedEntry(this.key)
        return { ...noInfo, ...state.info, ...info }
      },
      registration: () => {
        if (delta.event !== 'revision-registered') throw damagedEntry(this.key)
        return { ...noInfo, ...(registeredInfo ?? info) }
      },
    }
  }

  get #usual(): Usual & UsualRollout {
    const { delta, principal = anonymous } = this.#body
    const { time, generation } = this.key
    return { name: principal.name, reason: delta.reason ?? usualReason(delta), time, generation }
  }

  // Null: the entry did not restore the aliases of an earlier generation.
  get #restored(): readonly Alias[] | null {
    return this.#body.delta.aliases?.all?.map((alias) => fromRestoredAlias(alias, this.key.id)) ?? null
  }

  #required(aliases: StateAfter['aliases']): readonly Alias[] {
    if (aliases === undefined || !('all' in aliases)) throw damagedEntry(this.key)
    return aliases.all.map(fromStoredAlias)
  }

  #aliases(holders: Holders): Pick<FullHead, 'aliases' | 'aliasPlace'> {
    const { aliases } = this.#state
    const restored = this.#restored
    if (restored !== null && restored.length > 0) {
      return { aliases: restored, aliasPlace: { generation: this.key.generation, moves: [] } }
    }
    if (aliases === undefined) return { aliases: emptyHead.aliases, aliasPlace: emptyHead.aliasPlace }
    if ('all' in aliases) {
      return { aliases: aliases.all.map(fromStoredAlias), aliasPlace: { generation: this.key.generation, moves: [] } }
    }
    const own = (this.#body.delta.aliases?.moved ?? []).map((move) => ({ ...move, etag: this.key.id }))
    const moves = [...(aliases.moves ?? []), ...own].map(fromStoredMove)
    return {
      aliases: withMoves(partOf(holders, aliases.at, 'aliases'), moves),
      aliasPlace: { generation: aliases.at, moves },
    }
  }

  #info(changed: RevisionDelta, state: RevisionState, holders: Holders): RevisionInfo {
    const { infoAt } = state
    if (changed.info === undefined && state.info === undefined && infoAt === undefined) return noInfo
    const whole = infoAt === undefined ? noInfo : partOf(holders, infoAt, 'info')
    return { ...whole, ...state.info, ...changed.info }
  }

  #changedInfo(holders: Holders): RevisionInfo | null {
    const { ordinal, isInfoChanged } = this.#state.revision ?? {}
    if (isInfoChanged && ordinal !== undefined) return partOf(holders, ordinal, 'registration')
    const { registeredInfo } = this.#body.delta.revision ?? {}
    return registeredInfo === undefined ? null : { ...noInfo, ...registeredInfo }
  }
}

function reservedOf(delta: Delta, state: StateAfter): Reserved {
  // Nothing is reserved in most heads, and every Get reads one.
  const { audience = state.audience } = delta
  return audience === undefined ? emptyHead.reserved : { audience }
}

function fromStoredMove({ tag, etag, positions }: StoredMove): AliasMove {
  return { tag, etag, positions: parsePositions(positions) }
}

function fromStoredAlias({ name, follows = null, tag = null, etag, isImported = false }: StoredAlias): Alias {
  return { name, follows, tag, etag, isImported }
}

function infoPlaceOf({ info: said }: RevisionDelta, { info, infoAt }: RevisionState, generation: number): InfoPlace {
  return infoAt === undefined ? { generation, changed: {} } : { generation: infoAt, changed: { ...info, ...said } }
}

function lifecycleOf(changed: RevisionDelta, state: RevisionState): Lifecycle {
  if (changed.isDeleted) return deleted
  const yank = changed.yank === undefined ? (state.yank ?? null) : changed.yank
  const deprecation = changed.deprecation === undefined ? (state.deprecation ?? null) : changed.deprecation
  return yank === null && deprecation === null ? active : { yank, deprecation, isDeleted: false }
}
