import type { Alias } from '../../domain/alias.ts'
import { formatPositions, parsePositions, withMoves } from '../../domain/entries/alias-moves.ts'
import {
  type Delta,
  fromStoredRule,
  type RevisionDelta,
  type StoredRule,
  toStoredRule,
  type Usual,
  usualReason,
} from '../../domain/entries/delta.ts'
import { isDefaultEvent, isKnownEvent, isRevisionEvent } from '../../domain/entries/events.ts'
import type { Statement } from '../../domain/entries/replay.ts'
import { type AliasMove, emptyHead, type FullHead, type Head, type Reserved, reservedKeys } from '../../domain/head.ts'
import { active, deleted, type Lifecycle } from '../../domain/lifecycle.ts'
import type { Entry, FullRevision, InfoPlace, Link, Revision } from '../../domain/log.ts'
import { anonymous, isAnonymous } from '../../domain/principal.ts'
import { givenParts, noInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
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

/**
 * The body of an entry of form 3: its changes, and the rest of the state after it. A value that is the usual one is left
 * out. The large parts of the state are in the entries that changed them, and named by their generations.
 */
export interface Body3
  extends Partial<Pick<Entry, 'principal' | 'writer' | 'request'>>,
    Pick<Link, 'delta' | 'hash'>,
    Partial<Pick<Link, 'salt' | 'prev'>> {
  readonly v: 3
  readonly state?: State
}

/** The state after an entry, without the changes in its delta. */
interface State extends Partial<Omit<Head, 'defaultRule' | 'isDefaultImported' | 'reserved'>>, Reserved {
  readonly defaultRule?: StoredRule
  readonly isDefaultImported?: true
  readonly aliases?: StoredAliases
  readonly revision?: RevisionState
}

/** The list of all aliases, or the generation that has it and the moves since then. */
type StoredAliases =
  | { readonly all: readonly StoredAlias[] }
  | { readonly at: number; readonly moves?: readonly StoredMove[] }

type StoredMove = Omit<AliasMove, 'positions'> & { readonly positions: string }

type StoredAlias = Pick<Alias, 'name' | 'etag'> & Partial<Omit<Alias, 'name' | 'etag'>>

interface RevisionState
  extends Partial<Pick<Revision, 'requestedDefault' | 'registeredAt' | 'registeredBy' | 'ordinal' | 'writtenBy'>>,
    Partial<Pick<Lifecycle, 'yank' | 'deprecation'>> {
  /** The parts that changed since the entry that `infoAt` names, or all parts if there is no `infoAt`. */
  readonly info?: Partial<RevisionInfo>
  readonly infoAt?: number
  readonly isInfoChanged?: true
}

/** The body of an entry in form 3. The entry must have a link. */
export function toBody3(entry: Entry & { readonly link: Link }): Body3 {
  const { principal, writer, request, link } = entry
  const { delta, salt, prev, hash } = link
  const state = toState(entry, delta)
  return {
    v: 3,
    delta,
    ...(Object.keys(state).length > 0 && { state }),
    ...(!isAnonymous(principal) && { principal }),
    ...(writer !== 'api' && { writer }),
    ...(request !== null && { request }),
    ...(salt !== '' && { salt }),
    ...(prev !== '' && { prev }),
    hash,
  }
}

/** The generations of the earlier entries that have large parts of an entry. */
export function elsewhereOf({ state = {} }: Body3): Elsewhere {
  const { aliases, revision } = state
  return {
    ...(aliases !== undefined && 'at' in aliases && { aliases: aliases.at }),
    ...(revision?.infoAt !== undefined && { info: revision.infoAt }),
    ...(revision?.isInfoChanged && { registration: revision.ordinal as number }),
  }
}

/** An entry of form 3. */
export class Entry3 implements OpenedEntry {
  readonly key: EntryKey
  readonly #body: Body3
  readonly #state: State

  constructor(key: EntryKey, body: Body3) {
    this.key = key
    this.#body = body
    this.#state = body.state ?? {}
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
    return {
      defaultTag: delta.default === undefined ? (state.defaultTag ?? null) : delta.default.tag,
      defaultRule: rule === undefined ? null : fromStoredRule(rule, this.#usual),
      isDefaultImported: state.isDefaultImported ?? false,
      highestSemver: delta.highestSemver === undefined ? (state.highestSemver ?? null) : delta.highestSemver,
      highestRelease: delta.highestRelease === undefined ? (state.highestRelease ?? null) : delta.highestRelease,
      revisionCount: state.revisionCount ?? generation,
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
      aliases: () => {
        if (aliases === undefined || !('all' in aliases)) throw damagedEntry(this.key)
        return aliases.all.map(fromStoredAlias)
      },
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

  get #usual(): Usual {
    const { delta, principal = anonymous } = this.#body
    return { name: principal.name, reason: delta.reason ?? usualReason(delta), time: this.key.time }
  }

  #aliases(holders: Holders): Pick<FullHead, 'aliases' | 'aliasPlace'> {
    const { aliases } = this.#state
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

function toState(entry: Entry, delta: Delta): State {
  const { id, generation, time, reason, principal, head, revision } = entry
  const { defaultTag, defaultRule, isDefaultImported, highestSemver, highestRelease, revisionCount, etag } = head
  const isSameDefault = delta.default === undefined
  const usual = { name: principal.name, reason, time }
  const inRevision = revision === null ? {} : toRevisionState(revision, entry, delta.revision ?? {})
  return {
    ...(isSameDefault && defaultTag !== null && { defaultTag }),
    ...(isSameDefault && defaultRule !== null && { defaultRule: toStoredRule(defaultRule, usual) }),
    ...(isDefaultImported && { isDefaultImported }),
    ...(delta.highestSemver === undefined && highestSemver !== null && { highestSemver }),
    ...(delta.highestRelease === undefined && highestRelease !== null && { highestRelease }),
    ...(revisionCount !== generation && { revisionCount }),
    ...(etag !== id && { etag }),
    ...(head.aliases.length > 0 && { aliases: toStoredAliases(head, entry) }),
    ...(Object.keys(inRevision).length > 0 && { revision: inRevision }),
    ...reservedState(head.reserved, delta),
  }
}

function reservedState(reserved: Reserved, delta: Delta): Reserved {
  const kept = reservedKeys.filter((key) => reserved[key] !== undefined && delta[key] === undefined)
  return Object.fromEntries(kept.map((key) => [key, reserved[key]]))
}

function reservedOf(delta: Delta, state: State): Reserved {
  // Nothing is reserved in most heads, and every Get reads one.
  const { audience = state.audience, rollout = state.rollout } = delta
  if (audience === undefined && rollout === undefined) return emptyHead.reserved
  return { ...(audience !== undefined && { audience }), ...(rollout !== undefined && { rollout }) }
}

function toStoredAliases({ aliases, aliasPlace }: FullHead, { id, generation }: Entry): StoredAliases {
  if (aliasPlace.generation === generation) return { all: aliases.map(toStoredAlias) }
  const moves = aliasPlace.moves.filter(({ etag }) => etag !== id).map(toStoredMove)
  return { at: aliasPlace.generation, ...(moves.length > 0 && { moves }) }
}

function toStoredMove({ tag, etag, positions }: AliasMove): StoredMove {
  return { tag, etag, positions: formatPositions(positions) }
}

function fromStoredMove({ tag, etag, positions }: StoredMove): AliasMove {
  return { tag, etag, positions: parsePositions(positions) }
}

function toStoredAlias({ name, follows, tag, etag, isImported }: Alias): StoredAlias {
  return {
    name,
    ...(follows !== null && { follows }),
    ...(tag !== null && { tag }),
    etag,
    ...(isImported && { isImported }),
  }
}

function fromStoredAlias({ name, follows = null, tag = null, etag, isImported = false }: StoredAlias): Alias {
  return { name, follows, tag, etag, isImported }
}

// A registration says everything in its delta.
function toRevisionState(
  revision: FullRevision,
  { generation, writer, principal }: Entry,
  delta: RevisionDelta,
): RevisionState {
  const { requestedDefault, registeredAt, registeredBy, ordinal, writtenBy, lifecycle } = revision
  if (ordinal === generation) return {}
  return {
    ...(requestedDefault !== null && { requestedDefault }),
    ...(delta.registeredAt === undefined && { registeredAt }),
    ...(registeredBy !== principal.name && { registeredBy }),
    ordinal,
    ...toInfoState(revision, generation, delta),
    ...(revision.registeredInfo !== null && { isInfoChanged: true }),
    ...(writtenBy !== writer && { writtenBy }),
    ...(lifecycle.yank !== null && delta.yank === undefined && { yank: lifecycle.yank }),
    ...(lifecycle.deprecation !== null && delta.deprecation === undefined && { deprecation: lifecycle.deprecation }),
  }
}

// The information that the delta does not have, or the generation of the entry that has all of it and the parts that
// changed since then.
function toInfoState(
  { info, infoPlace }: FullRevision,
  generation: number,
  { info: said = {} }: RevisionDelta,
): Pick<RevisionState, 'info' | 'infoAt'> {
  const isHere = infoPlace.generation === generation
  const parts = Object.entries(isHere ? givenParts(info) : infoPlace.changed).filter(([part]) => !(part in said))
  return {
    ...(parts.length > 0 && { info: Object.fromEntries(parts) }),
    ...(!isHere && { infoAt: infoPlace.generation }),
  }
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
