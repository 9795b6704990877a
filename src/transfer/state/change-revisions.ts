import { revisionEntry, type Writer } from '../../domain/entries/new-entry.ts'
import { registeredInfoAfter } from '../../domain/entries/replay.ts'
import { quote } from '../../domain/errors.ts'
import { type FullHead, withChoices, withDefault, withRollout } from '../../domain/head.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { FullHeadSnapshot, FullRevision } from '../../domain/log.ts'
import { withHeld } from '../../domain/rollout/change-rollout.ts'
import { formatServiceId, formatSruid } from '../../domain/sruid.ts'
import { CONFLICT, retryOnConflict } from '../../registry/core/optimistic-retry.ts'
import { rechoose } from '../../registry/core/rechoose.ts'
import { ACTOR, type Importing, type Line, nextWriter } from '../importing.ts'
import { type Kind, keep, type Outcome } from '../outcome.ts'
import type { RevisionRecord } from '../record/records.ts'
import { compareRevision, type Step } from './compare-revision.ts'
import { Draft } from './draft.ts'

/** A revision that is stored and differs from its record, and the outcome of the record so far. */
export interface Differing {
  readonly line: Line<RevisionRecord>
  readonly outcome: Outcome
}

/**
 * Makes the changes of these kinds for some revisions of one service. Throws `TOO_MANY_CONFLICTS` if other writers were
 * first every time.
 */
export async function changeRevisions(
  importing: Importing,
  all: readonly Differing[],
  kinds: readonly Kind[],
): Promise<void> {
  const [first] = all
  if (first === undefined) return
  const { sruid: service } = first.line.record
  const tags = all.map(({ line }) => line.record.sruid.revisionTag)
  await retryOnConflict(formatServiceId(service), async () => {
    const draft = await Draft.begin(importing.store, service, tags)
    for (const differing of all) {
      if (!(await changeRevision(importing, draft, differing, kinds))) return CONFLICT
    }
    return (await draft.flush()) ? undefined : CONFLICT
  })
}

// Returns false if another writer was first.
async function changeRevision(
  importing: Importing,
  draft: Draft,
  { line: { record }, outcome }: Differing,
  kinds: readonly Kind[],
): Promise<boolean> {
  for (;;) {
    const stored = draft.revision(record.sruid.revisionTag)
    if (stored === undefined) return true
    const steps = compareRevision(stored, record).steps.filter(({ kind }) => kinds.includes(kind))
    const [step] = steps
    if (step === undefined) return true
    const use = useOf(draft.newest as FullHeadSnapshot, stored, step)
    if (use !== undefined) {
      for (const { kind } of steps) keep(outcome, kind, `${formatSruid(stored)} stays as it is, because ${use}`)
      return true
    }
    if (!(await push(importing, draft, { stored, step, outcome }))) return false
  }
}

// The reason why a step is not taken: nothing changes a deleted revision, or it would take back a change that somebody has
// made here.
function useOf(
  { head }: FullHeadSnapshot,
  { revisionTag, writtenBy, lifecycle }: FullRevision,
  { after }: Step,
): string | undefined {
  if (writtenBy !== 'import') return 'somebody has changed it here'
  if (lifecycle.isDeleted) return 'it is deleted here'
  if (after.lifecycle === undefined || isChoosable(after.lifecycle)) return undefined
  if (head.defaultTag === revisionTag && !head.isDefaultImported) return 'somebody has made it the default here'
  if (!after.lifecycle.isDeleted) return undefined
  if (head.rollout?.candidates.some(({ tag }) => tag === revisionTag)) return 'it is a candidate of the rollout here'
  const alias = head.aliases.find(({ tag, follows }) => tag === revisionTag && follows === null)
  return alias === undefined ? undefined : `alias ${quote(alias.name)} points to it here`
}

interface Pushed {
  readonly stored: FullRevision
  readonly step: Step
  readonly outcome: Outcome
}

async function push(importing: Importing, draft: Draft, { stored, step, outcome }: Pushed): Promise<boolean> {
  const revision = { ...stored, ...step.after }
  if (step.after.info !== undefined) revision.registeredInfo = registeredInfoAfter(stored, step.after.info)
  const isMoved = isChoosable(stored.lifecycle) !== isChoosable(revision.lifecycle)
  // The choices are read from the store.
  if (isMoved && !(await draft.flush())) return false
  const newest = draft.newest as FullHeadSnapshot
  const writer = nextWriter(importing)
  const head = isMoved ? await chooseAgain(importing, newest, revision, { writer, reason: step.reason }) : newest.head
  const { event, reason, kind } = step
  const changed = {
    event,
    reason,
    before: stored,
    revision,
    head: step.event === 'revision-deleted' ? without(head) : head,
  }
  const onStored = () => outcome.changed.push([kind, `${formatSruid(stored)}: ${kind}`])
  draft.push(revisionEntry(newest, changed, writer), onStored)
  return true
}

async function chooseAgain(
  { store }: Importing,
  newest: FullHeadSnapshot,
  changed: FullRevision,
  { writer, reason }: { readonly writer: Writer; readonly reason: string },
): Promise<FullHead> {
  const chosen = withChoices(newest.head, await rechoose(store, changed, newest, changed), writer.id)
  const head = withRollout(chosen, rolloutAfter(chosen, changed))
  if (isChoosable(changed.lifecycle) || head.defaultTag !== changed.revisionTag) return head
  // The input names no other default.
  return withDefault(head, null, { by: 'yank', policy: null, reason, actor: ACTOR, time: writer.now })
}

// A yanked candidate is held, and its callers get the default.
function rolloutAfter({ rollout }: FullHead, { revisionTag, lifecycle }: FullRevision): FullHead['rollout'] {
  return rollout && withHeld(rollout, revisionTag, !isChoosable(lifecycle))
}

// A service without revisions no longer exists. A later service of the same name begins without its aliases.
function without(head: FullHead): FullHead {
  const revisionCount = head.revisionCount - 1
  return { ...head, revisionCount, aliases: revisionCount === 0 ? [] : head.aliases }
}
