import type { RevisionEvent } from '../../domain/entries/events.ts'
import { nextTime, revisionEntry } from '../../domain/entries/new-entry.ts'
import { fieldError, quote } from '../../domain/errors.ts'
import { type FullHead, withChoices, withDefault, withRollout } from '../../domain/head.ts'
import { isChoosable, type Lifecycle } from '../../domain/lifecycle.ts'
import type { FullRevision, RevisionEntry } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { withHeld } from '../../domain/rollout/change-rollout.ts'
import type { Caller } from '../core/caller.ts'
import { withEffect, withWarnings } from '../core/effects.ts'
import { isSameRevision } from '../core/no-change.ts'
import { requireTarget } from '../core/not-found.ts'
import { rechoose } from '../core/rechoose.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { type RevisionView, viewChanged } from '../core/views.ts'
import { chooseNextDefault } from '../defaults/next-default.ts'
import { type Changing, changeRevision, type RevisionCommand } from './change-revision.ts'
import { findReplaced, requireNoCycle, warningsOfDeprecation, warningsOfYank } from './replacements.ts'

export interface DeprecateCommand extends RevisionCommand {
  /** The message to callers. Empty if none was given. */
  readonly message: string
  /** The revision to use instead. Null: none is named. */
  readonly replacement: RevisionTag | null
}

export interface YankCommand extends RevisionCommand {
  /** The reason, for people. Empty: no reason is given. */
  readonly reason: string
  /** If the revision is the default, the default moves to the revision that the policy chooses, or is cleared. */
  readonly ifDefault: 'move' | 'clear'
}

/** A revision after a change of its lifecycle, and the default of its service. */
export interface LifecycleChanged {
  readonly revision: RevisionView
  readonly defaultTag: RevisionTag | null
}

/**
 * Deprecates a revision. Throws `INVALID_REVISION_TAG`, `TARGET_NOT_FOUND`, `TARGET_YANKED` or `REPLACEMENT_CYCLE` about the
 * replacement, or an error of `changeRevision`. The effect warns if the revision is the default.
 */
export function deprecate(deps: RegistryDeps, command: DeprecateCommand, caller: Caller): Promise<LifecycleChanged> {
  const { sruid, message, replacement } = command
  return changeLifecycle(deps, command, caller, {
    event: 'revision-deprecated',
    reason: message,
    change: (lifecycle) => ({ ...lifecycle, deprecation: { message, replacement } }),
    readsStore: replacement !== null,
    check: async () => {
      if (replacement === null) return
      if (replacement === sruid.revisionTag) throw replacesItself(replacement)
      requireTarget(await deps.store.lookup(sruid, { by: 'tag', tag: replacement }), replacement, 'replacement')
      await requireNoCycle(deps.store, sruid, replacement)
    },
    warningsOf: ({ head }) => warningsOfDeprecation(sruid.revisionTag, head.defaultTag),
  })
}

/** Removes the deprecation of a revision. Throws the errors of `changeRevision`. */
export function undeprecate(deps: RegistryDeps, command: RevisionCommand, caller: Caller): Promise<LifecycleChanged> {
  const change = (lifecycle: Lifecycle) => ({ ...lifecycle, deprecation: null })
  return changeLifecycle(deps, command, caller, {
    event: 'revision-undeprecated',
    reason: '',
    change,
    readsStore: false,
  })
}

/**
 * Yanks a revision. From now on only its tag and the aliases that are fixed to it find it. Throws
 * `DEFAULT_POLICY_FAILED` if the policy fails to choose the next default, or an error of `changeRevision`. The effect
 * warns if the revision is the replacement of deprecated ones. See `findReplaced` for those that it looks at.
 */
export async function yank(deps: RegistryDeps, command: YankCommand, caller: Caller): Promise<LifecycleChanged> {
  const { sruid, reason, ifDefault } = command
  const change = (lifecycle: Lifecycle) => ({ ...lifecycle, yank: { reason } })
  const changed = await changeLifecycle(deps, command, caller, {
    event: 'revision-yanked',
    reason,
    ifDefault,
    change,
    readsStore: true,
  })
  // Read after the change, so that nothing waits for it, and as of the generation before, so that a repeated request reads
  // the same.
  const before = { generation: changed.revision.generation - 1, signal: caller.signal }
  const warnings = warningsOfYank(sruid.revisionTag, await findReplaced(deps.store, sruid, before))
  return { ...changed, revision: withWarnings(changed.revision, warnings) }
}

/** Removes the yank of a revision. The default stays as it is. Throws the errors of `changeRevision`. */
export function unyank(deps: RegistryDeps, command: RevisionCommand, caller: Caller): Promise<LifecycleChanged> {
  const change = (lifecycle: Lifecycle) => ({ ...lifecycle, yank: null })
  return changeLifecycle(deps, command, caller, { event: 'revision-unyanked', reason: '', change, readsStore: true })
}

interface LifecycleChange {
  readonly event: RevisionEvent
  readonly reason: string
  readonly ifDefault?: YankCommand['ifDefault']
  /** See `Change`. */
  readonly readsStore: boolean
  change(lifecycle: Lifecycle): Lifecycle
  /** Throws if the change cannot be made. A change that changes nothing is not checked. */
  check?(): Promise<void>
  /** See `Effect`. Default: none. */
  warningsOf?(entry: RevisionEntry): readonly string[]
}

function changeLifecycle(
  deps: RegistryDeps,
  command: RevisionCommand,
  caller: Caller,
  change: LifecycleChange,
): Promise<LifecycleChanged> {
  return changeRevision(deps, command, caller, {
    readsStore: change.readsStore,
    decide: async (changing) => {
      const { revision } = changing
      const changed: FullRevision = { ...revision, lifecycle: change.change(revision.lifecycle) }
      if (!isSameRevision(changed, revision)) await change.check?.()
      return proposeEntry(deps, { ...changing, change, caller }, changed)
    },
    toAnswer: (entry, before) => ({
      revision: withEffect(viewChanged(entry), {
        ...{ command, before, after: entry.head },
        warnings: change.warningsOf?.(entry) ?? [],
      }),
      defaultTag: entry.head.defaultTag,
    }),
  })
}

interface Proposal extends Changing {
  readonly change: LifecycleChange
  readonly caller: Caller
}

async function proposeEntry(deps: RegistryDeps, proposal: Proposal, changed: FullRevision): Promise<RevisionEntry> {
  const { snapshot, revision, change, writer } = proposal
  const { event, reason } = change
  const head = await headAfter(deps, proposal, changed)
  return revisionEntry(snapshot, { event, before: revision, revision: changed, head, reason }, writer)
}

async function headAfter(deps: RegistryDeps, proposal: Proposal, changed: FullRevision): Promise<FullHead> {
  const { snapshot, revision, writer } = proposal
  const mayBeChosen = isChoosable(changed.lifecycle)
  const isSame = mayBeChosen === isChoosable(revision.lifecycle)
  const head = isSame
    ? snapshot.head
    : withChoices(
        withHeldCandidate(snapshot.head, changed),
        await rechoose(deps.store, revision, snapshot, changed),
        writer.id,
      )
  const losesDefault = !mayBeChosen && head.defaultTag === revision.revisionTag
  return losesDefault ? withNextDefault(deps, head, proposal, changed) : head
}

// The callers of a yanked candidate get the default, until it is unyanked.
function withHeldCandidate(head: FullHead, { revisionTag, lifecycle }: FullRevision): FullHead {
  const { rollout } = head
  return rollout === null ? head : withRollout(head, withHeld(rollout, revisionTag, !isChoosable(lifecycle)))
}

async function withNextDefault(
  deps: RegistryDeps,
  before: FullHead,
  { snapshot, change, writer, caller }: Proposal,
  changed: FullRevision,
): Promise<FullHead> {
  const { ifDefault, reason } = change
  const head = withDefault(before, null, null)
  const isCleared = ifDefault === 'clear'
  const next = isCleared ? null : await chooseNextDefault(deps, { ...snapshot, head }, changed, caller)
  const policy = isCleared ? null : deps.policy.name
  const time = nextTime(snapshot, writer.now)
  return withDefault(head, next, { by: 'yank', policy, reason, actor: writer.principal.name, time })
}

function replacesItself(replacement: RevisionTag) {
  const description = `replacement ${quote(replacement)} is the deprecated revision itself; choose another revision.`
  return fieldError('INVALID_REVISION_TAG', 'replacement', description)
}
