import type { Alias } from '../../domain/alias.ts'
import { nextTime, type Writer } from '../../domain/entries/new-entry.ts'
import { fieldError, quote } from '../../domain/errors.ts'
import { type FullHead, findAlias, rangeOf, withDefault, withRollout } from '../../domain/head.ts'
import { isSameRollout, isSameTarget } from '../../domain/history/same-choices.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { FullHeadSnapshot, Revision } from '../../domain/log.ts'
import type { KnownReason } from '../../domain/reasons.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { Rollout } from '../../domain/rollout/rollout.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Store } from '../../store/store.ts'
import { findHighestChoosable } from '../core/find-highest.ts'
import { isThere } from '../core/not-found.ts'

/** The choices to restore, and the state in which they are restored. */
export interface Restoring {
  readonly service: ServiceId
  /** The head with the choices to restore. */
  readonly past: FullHead
  readonly newest: FullHeadSnapshot
  /** The reason, for people. Empty: no reason is given. */
  readonly reason: string
  /** The field of the request that names the state to restore, and the text of its value. */
  readonly asked: { readonly field: string; readonly text: string }
  readonly writer: Writer
  readonly signal: AbortSignal
}

/**
 * Returns the newest head with the default, the aliases and the rollout of an earlier one. Choices that are the same stay as
 * they are, with their etags, and need no revision that may be chosen. Throws `TARGET_NOT_FOUND` or `TARGET_YANKED`, which
 * name the revision and the choice.
 */
export async function restoreChoices(store: Store, restoring: Restoring): Promise<FullHead> {
  const { newest } = restoring
  await requireFit(store, restoring)
  const aliases = await restoreAliases(store, restoring)
  return withRollout({ ...restoreDefault(restoring), aliases }, restoreRollout(restoring, newest.head.rollout))
}

function restoreDefault({ past, newest, reason, writer }: Restoring): FullHead {
  const { head } = newest
  if (past.defaultTag === head.defaultTag) return head
  const [actor, time] = [writer.principal.name, nextTime(newest, writer.now)]
  return withDefault(head, past.defaultTag, { by: 'revert', policy: null, reason, actor, time })
}

async function restoreAliases(store: Store, { service, past, newest, writer, signal }: Restoring): Promise<Alias[]> {
  const { head, generation } = newest
  return Promise.all(
    past.aliases.map(async (alias) => {
      const current = findAlias(head, alias.name)
      if (current !== undefined && isSameTarget(alias, current)) return current
      const range = rangeOf(alias)
      const restored = { ...alias, etag: writer.id, isImported: false }
      if (range === undefined) return restored
      const found = await findHighestChoosable(store, service, { range, generation, signal })
      return { ...restored, tag: found?.revision?.revisionTag ?? null }
    }),
  )
}

// Callers that had a candidate get it again, because the salt and the buckets are the old ones.
function restoreRollout({ past, newest, reason, writer }: Restoring, current: Rollout | null): Rollout | null {
  const { rollout } = past
  if (rollout === null) return null
  if (isSameRollout(rollout, current)) return current
  const candidates = rollout.candidates.map((candidate) => ({ ...candidate, isHeld: false }))
  const updated = { updateTime: nextTime(newest, writer.now), setAt: newest.generation + 1 }
  return { ...rollout, candidates, reason, ...updated }
}

/** A revision that would be chosen again, and the choice in words. */
interface Target {
  readonly tag: RevisionTag
  readonly choice: string
}

async function requireFit(store: Store, restoring: Restoring): Promise<void> {
  const { service, newest } = restoring
  const targets = targetsOf(restoring)
  const tags = [...new Set(targets.map(({ tag }) => tag))]
  const find = async (tag: RevisionTag) =>
    (await store.lookup(service, { by: 'tag', tag }, newest.generation))?.revision
  const revisions = new Map(await Promise.all(tags.map(async (tag) => [tag, (await find(tag)) ?? null] as const)))
  // The first target that is unfit is named, whichever read ends first.
  for (const target of targets) requireChoosable(restoring, target, revisions.get(target.tag) ?? null)
}

function requireChoosable({ asked }: Restoring, { tag, choice }: Target, revision: Revision | null): void {
  const { field, text } = asked
  const unfit = (reason: KnownReason, state: string, remedy: string) => {
    const problem = `${field} ${text} cannot be restored, because ${choice} was ${quote(tag)}, which ${state}`
    return fieldError(reason, field, `${problem}; ${remedy}revert to another state.`)
  }
  if (!isThere(revision)) throw unfit('TARGET_NOT_FOUND', 'was deleted', '')
  if (!isChoosable(revision.lifecycle)) throw unfit('TARGET_YANKED', 'is yanked', 'unyank it first, or ')
}

function targetsOf({ past, newest: { head } }: Restoring): Target[] {
  const { defaultTag, aliases, rollout } = past
  const isDefaultKept = defaultTag === null || defaultTag === head.defaultTag
  const isKept = (alias: Alias) => isSameTarget(alias, findAlias(head, alias.name))
  const fixed = aliases.filter((alias) => alias.follows === null && !isKept(alias))
  const candidates = rollout === null || isSameRollout(rollout, head.rollout) ? [] : rollout.candidates
  return [
    ...(isDefaultKept ? [] : [{ tag: defaultTag, choice: 'the default' }]),
    ...fixed.flatMap(({ name, tag }) => (tag === null ? [] : [{ tag, choice: `alias ${quote(name)}` }])),
    ...candidates.map(({ tag }) => ({ tag, choice: 'a candidate of the rollout' })),
  ]
}
