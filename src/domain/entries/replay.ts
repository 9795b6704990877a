import { emptyHead, type FullHead, type Reserved, reservedKeys, withAlias, withDefault, withoutAlias } from '../head.ts'
import { active, deleted, type Lifecycle } from '../lifecycle.ts'
import type { Entry, FullHeadSnapshot, FullRevision, Link } from '../log.ts'
import { isSameInfo, noInfo, type RevisionInfo } from '../revision-info.ts'
import type { RevisionTag } from '../revision-tag.ts'
import { parsePositions, withMoves } from './alias-moves.ts'
import { type Delta, fromRestoredAlias, fromStoredRule, type RevisionDelta, usualReason } from './delta.ts'
import { isDefaultEvent, isRevisionEvent, isRolloutEvent } from './events.ts'
import { aliasEntry, defaultEntry, revertEntry, revisionEntry, rolloutEntry, type Writer } from './new-entry.ts'
import { fromStoredRollout } from './stored-rollout.ts'

/** An entry without the state after it, which follows from its delta and from the entries before it. */
export interface Statement
  extends Pick<Entry, 'id' | 'service' | 'generation' | 'time' | 'principal' | 'writer' | 'request'> {
  /** The tag of the revision that the entry changes; empty: it changes none. */
  readonly tag: string
  readonly link: Link
}

/** The state before an entry. */
export interface ReplayState {
  /** The entry before, or null if the entry is the first of its service. */
  readonly newest: FullHeadSnapshot | null
  /** The revision that the entry changes, or null if it registers it or changes none. */
  readonly revision: FullRevision | null
}

/**
 * Makes the entry that says this after that state, as its writer made it. Its generation, time and link are computed
 * anew, so they are those of the statement only if it belongs exactly here. Throws if it cannot follow that state.
 */
export function replay({ newest, revision }: ReplayState, said: Statement): Entry {
  const { id, service, time, principal, writer: kind, request, link } = said
  const { delta, salt } = link
  const { event, reason = usualReason(delta), alias } = delta
  const writer: Writer = { id, principal, kind, now: time, request, salt }
  const head = headAfter(newest?.head ?? emptyHead, said, reason)
  if (isRevisionEvent(event)) {
    const before = event === 'revision-registered' ? null : revision
    const changed = revisionAfter(before, newest, said)
    return revisionEntry(newest, { event, before, revision: changed, head, reason }, writer)
  }
  if (isDefaultEvent(event)) return defaultEntry(newest, { service, event, head, reason }, writer)
  if (isRolloutEvent(event)) return rolloutEntry(newest, { service, event, head, reason }, writer)
  if (event === 'choices-reverted') {
    if (newest === null) throw new Error('the first entry of a service reverts nothing')
    return revertEntry(newest, { service, head, reason }, writer)
  }
  if (alias === undefined) throw new Error(`the entry of ${event} names no alias`)
  return aliasEntry(newest, { service, event, head, reason, alias }, writer)
}

function headAfter(before: FullHead, said: Statement, reason: string): FullHead {
  const { time, principal, link } = said
  const { delta } = link
  const { rollout: stored } = delta
  const usual = { reason, time, generation: said.generation }
  const rollout = stored ? fromStoredRollout(stored, usual) : stored === null ? null : before.rollout
  const { highestSemver = before.highestSemver, highestRelease = before.highestRelease } = delta
  const changed = { highestSemver, highestRelease, rollout, reserved: reservedAfter(before.reserved, delta) }
  const head = { ...withAliasesAfter(before, said), ...changed, revisionCount: countAfter(before, delta) }
  if (delta.default === undefined) return head
  const { tag, rule } = delta.default
  return withDefault(
    head,
    tag,
    rule === undefined ? null : fromStoredRule(rule, { name: principal.name, reason, time }),
  )
}

function reservedAfter(before: Reserved, delta: Delta): Reserved {
  const changed = reservedKeys.filter((key) => delta[key] !== undefined)
  return changed.length === 0 ? before : { ...before, ...Object.fromEntries(changed.map((key) => [key, delta[key]])) }
}

function countAfter({ revisionCount }: FullHead, { event, revision }: Delta): number {
  if (event === 'revision-registered') return revisionCount + (revision?.isDeleted ? 0 : 1)
  return event === 'revision-deleted' ? revisionCount - 1 : revisionCount
}

function withAliasesAfter(before: FullHead, { id: etag, link }: Statement): FullHead {
  const { event, alias, aliases = {} } = link.delta
  const { set, moved = [], cleared, all } = aliases
  if (all !== undefined) return { ...before, aliases: all.map((alias) => fromRestoredAlias(alias, etag)) }
  if (cleared) return { ...before, aliases: [] }
  if (event === 'alias-deleted' && alias !== undefined) return withoutAlias(before, alias)
  if (set !== undefined && alias !== undefined) return withAlias(before, { name: alias, ...set, etag })
  const moves = moved.map(({ tag, positions }) => ({ tag, etag, positions: parsePositions(positions) }))
  return { ...before, aliases: withMoves(before.aliases, moves) }
}

function revisionAfter(before: FullRevision | null, newest: ReplayState['newest'], said: Statement): FullRevision {
  const { id, service, time, tag, principal, writer, link } = said
  const changed = link.delta.revision ?? {}
  if (before === null) {
    if (link.delta.event !== 'revision-registered') throw new Error(`the entry changes ${tag}, which is not registered`)
    const ordinal = (newest?.generation ?? 0) + 1
    const { requestedDefault = null, registeredAt = time, registeredBy = principal.name, registeredInfo } = changed
    return {
      ...{ namespace: service.namespace, name: service.name, revisionTag: tag as RevisionTag },
      ...{ requestedDefault, registeredAt, registeredBy, ordinal },
      infoPlace: { generation: ordinal, changed: {} },
      info: changed.info === undefined ? noInfo : { ...noInfo, ...changed.info },
      registeredInfo: registeredInfo === undefined ? null : { ...noInfo, ...registeredInfo },
      lifecycle: lifecycleAfter(active, changed),
      ...{ writtenBy: writer, etag: id },
    }
  }
  const info = changed.info === undefined ? before.info : { ...before.info, ...changed.info }
  return {
    ...{ ...before, info, lifecycle: lifecycleAfter(before.lifecycle, changed) },
    registeredInfo: changed.info === undefined ? before.registeredInfo : registeredInfoAfter(before, info),
  }
}

/** The information in the registration after an update. Null: the update brings it back. */
export function registeredInfoAfter(
  { registeredInfo, info: old }: Pick<FullRevision, 'registeredInfo' | 'info'>,
  info: RevisionInfo,
): RevisionInfo | null {
  const registered = registeredInfo ?? old
  return isSameInfo(registered, info) ? null : registered
}

function lifecycleAfter(before: Lifecycle, changed: RevisionDelta): Lifecycle {
  const { yank = before.yank, deprecation = before.deprecation, isDeleted = before.isDeleted } = changed
  if (isDeleted) return deleted
  return yank === null && deprecation === null ? active : { yank, deprecation, isDeleted }
}
