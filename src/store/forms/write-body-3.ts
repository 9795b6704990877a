import { isAnonymous } from '../../domain/access/principal.ts'
import type { Alias } from '../../domain/alias.ts'
import { formatPositions } from '../../domain/entries/alias-moves.ts'
import { type Delta, type RevisionDelta, toStoredRule } from '../../domain/entries/delta.ts'
import { toStoredRollout } from '../../domain/entries/stored-rollout.ts'
import { type AliasMove, type FullHead, type Reserved, reservedKeys } from '../../domain/head.ts'
import type { Entry, FullRevision, Link } from '../../domain/log.ts'
import { givenParts } from '../../domain/revision-info.ts'
import type { Body3, RevisionState, StateAfter, StoredAlias, StoredAliases, StoredMove } from './body-3.ts'

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

function toState(entry: Entry, delta: Delta): StateAfter {
  const { id, generation, time, reason, principal, head, revision } = entry
  const { defaultTag, defaultRule, isDefaultImported, highestSemver, highestRelease, revisionCount, etag } = head
  const { aliases, rollout } = head
  const isSameDefault = delta.default === undefined
  const usual = { name: principal.name, reason, time, generation }
  const inRevision = revision === null ? {} : toRevisionState(revision, entry, delta.revision ?? {})
  return {
    ...(isSameDefault && defaultTag !== null && { defaultTag }),
    ...(isSameDefault && defaultRule !== null && { defaultRule: toStoredRule(defaultRule, usual) }),
    ...(isDefaultImported && { isDefaultImported }),
    ...(delta.highestSemver === undefined && highestSemver !== null && { highestSemver }),
    ...(delta.highestRelease === undefined && highestRelease !== null && { highestRelease }),
    ...(revisionCount !== generation && { revisionCount }),
    ...(etag !== id && { etag }),
    ...(aliases.length > 0 && delta.aliases?.all === undefined && { aliases: toStoredAliases(head, entry) }),
    ...(Object.keys(inRevision).length > 0 && { revision: inRevision }),
    ...(rollout !== null && delta.rollout === undefined && { rollout: toStoredRollout(rollout, usual) }),
    ...reservedState(head.reserved, delta),
  }
}

function reservedState(reserved: Reserved, delta: Delta): Reserved {
  const kept = reservedKeys.filter((key) => reserved[key] !== undefined && delta[key] === undefined)
  return Object.fromEntries(kept.map((key) => [key, reserved[key]]))
}

function toStoredAliases({ aliases, aliasPlace }: FullHead, { id, generation }: Entry): StoredAliases {
  if (aliasPlace.generation === generation) return { all: aliases.map(toStoredAlias) }
  const moves = aliasPlace.moves.filter(({ etag }) => etag !== id).map(toStoredMove)
  return { at: aliasPlace.generation, ...(moves.length > 0 && { moves }) }
}

function toStoredMove({ tag, etag, positions }: AliasMove): StoredMove {
  return { tag, etag, positions: formatPositions(positions) }
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
