import type { FullHead, Reserved } from '../head.ts'
import { active } from '../lifecycle.ts'
import type { Entry, FullRevision } from '../log.ts'
import { differences, givenParts, noInfo, type RevisionInfo } from '../revision-info.ts'
import { formatPositions, movesBetween } from './alias-moves.ts'
import {
  type AliasesDelta,
  type DefaultDelta,
  type Delta,
  type RevisionDelta,
  toRestoredAlias,
  toStoredRule,
  type Usual,
  usualReason,
} from './delta.ts'
import { toStoredRollout } from './stored-rollout.ts'

/** The state before an entry. */
export interface Before {
  readonly head: FullHead
  /** The revision before its change. Null: the entry registers it, or changes no revision. */
  readonly revision: FullRevision | null
}

/** An entry before its link is made. */
export type Changed = Omit<Entry, 'link'>

/** The changes that an entry makes to the state before it. */
export function deltaOf(before: Before, entry: Changed): Delta {
  const { event, reason, alias, revision, head, time, principal } = entry
  const usual = { name: principal.name, reason, time }
  const changed = revision === null ? {} : revisionDelta(before.revision, revision, usual)
  // The keys are in the order of the canonical form, because that is faster.
  return {
    ...(alias !== null && { alias }),
    ...(head.aliases !== before.head.aliases && toPart('aliases', aliasesDelta(before.head, entry))),
    ...reservedDelta(before.head, head, 'audience'),
    ...(isOtherDefault(before.head, head) && { default: defaultDelta(head, usual) }),
    event,
    ...(head.highestRelease !== before.head.highestRelease && { highestRelease: head.highestRelease }),
    ...(head.highestSemver !== before.head.highestSemver && { highestSemver: head.highestSemver }),
    ...(reason !== usualReason({ event, revision: changed }) && { reason }),
    ...toPart('revision', changed),
    ...(head.rollout !== before.head.rollout && { rollout: rolloutDelta(entry) }),
  }
}

/** Whether two heads have different defaults, or different rules for it. */
export function isOtherDefault(a: FullHead, b: FullHead): boolean {
  return a.defaultTag !== b.defaultTag || a.defaultRule !== b.defaultRule
}

function reservedDelta<K extends keyof Reserved>(before: FullHead, { reserved }: FullHead, key: K): Pick<Delta, K> {
  return (reserved[key] === before.reserved[key] ? {} : { [key]: reserved[key] }) as Pick<Delta, K>
}

function toPart<K extends string, T extends object>(key: K, part: T): Partial<Record<K, T>> {
  return Object.keys(part).length === 0 ? {} : ({ [key]: part } as Record<K, T>)
}

function revisionDelta(before: FullRevision | null, after: FullRevision, usual: Usual): RevisionDelta {
  const { requestedDefault, registeredAt, registeredBy, info, registeredInfo } = after
  const old = before ?? { registeredAt: usual.time, registeredBy: usual.name, ...newRevision }
  return {
    ...(requestedDefault !== old.requestedDefault && { requestedDefault }),
    ...(registeredAt !== old.registeredAt && { registeredAt }),
    ...(registeredBy !== old.registeredBy && { registeredBy }),
    ...(info !== old.info && toPart('info', changedParts(old.info, info))),
    ...(before === null && registeredInfo !== null && { registeredInfo: givenParts(registeredInfo) }),
    ...lifecycleDelta(old, after),
  }
}

const newRevision = { requestedDefault: null, info: noInfo, lifecycle: active } as const

function changedParts(before: RevisionInfo, after: RevisionInfo): Partial<RevisionInfo> {
  return Object.fromEntries(differences(before, after).map((part) => [part, after[part]]))
}

function lifecycleDelta(
  { lifecycle: before }: Pick<FullRevision, 'lifecycle'>,
  { lifecycle: after }: Pick<FullRevision, 'lifecycle'>,
): Pick<RevisionDelta, 'yank' | 'deprecation' | 'isDeleted'> {
  if (before === after) return {}
  // Deleting a revision ends its yank and its deprecation, too.
  if (after.isDeleted) return { isDeleted: true }
  return {
    ...(after.yank !== before.yank && { yank: after.yank }),
    ...(after.deprecation !== before.deprecation && { deprecation: after.deprecation }),
  }
}

function defaultDelta({ defaultTag: tag, defaultRule }: FullHead, usual: Usual): DefaultDelta {
  return { ...(defaultRule !== null && { rule: toStoredRule(defaultRule, usual) }), tag }
}

function rolloutDelta({ head, reason, time, generation }: Changed): NonNullable<Delta['rollout']> | null {
  return head.rollout && toStoredRollout(head.rollout, { reason, time, generation })
}

function aliasesDelta(before: FullHead, { id, event, alias, head }: Changed): AliasesDelta {
  if (event === 'choices-reverted') return { all: head.aliases.map((each) => toRestoredAlias(each, id)) }
  const moves = movesBetween(before.aliases, head.aliases)
  if (alias === null && moves !== null) {
    return moves.length === 0
      ? {}
      : { moved: moves.map(({ tag, positions }) => ({ positions: formatPositions(positions), tag })) }
  }
  if (alias === null) return { cleared: true }
  const set = head.aliases.find(({ name }) => name === alias)
  if (set === undefined) return {}
  const { name: _, etag: __, ...rest } = set
  return { set: rest }
}
