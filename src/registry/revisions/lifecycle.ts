import { fieldError, quote } from '../../domain/errors.ts'
import { type Head, withChoices, withDefault } from '../../domain/head.ts'
import {
  type Entry,
  entryAfter,
  type LogEvent,
  nextTime,
  type Revision,
  type Snapshot,
  type Writer,
} from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import { active, isChoosable, type RevisionState } from '../../domain/revision-state.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { type ChangeRequest, makeChange } from '../core/append-change.ts'
import { requireRevision, requireTarget } from '../core/not-found.ts'
import { type RegistryDeps, type RevisionView, viewRevision } from '../core/registry-deps.ts'
import { chooseAnew } from '../core/search.ts'
import { chooseDefault } from '../defaults/next-default.ts'

interface StateChange extends ChangeRequest {
  readonly sruid: Sruid
  /** The etag that the revision must have; empty: any. */
  readonly etag: string
}

export interface DeprecateCommand extends StateChange {
  /** What callers are told. */
  readonly message: string
  /** The revision to use instead; null: none is named. */
  readonly replacement: RevisionTag | null
}

export interface YankCommand extends StateChange {
  readonly reason: string
  /** What becomes of the default where it is this revision: what the policy chooses next, or none. */
  readonly ifDefault: 'move' | 'clear'
}

/** A revision in its new state, and the default of its service as it is now. */
export interface StateChanged {
  readonly revision: RevisionView
  readonly defaultTag: RevisionTag | null
}

/**
 * Tells callers to leave a revision, which stays fit for use. Throws `REVISION_NOT_FOUND`, `TARGET_NOT_FOUND` or
 * `TARGET_YANKED` (the replacement), `ETAG_MISMATCH`, or what `makeChange` throws.
 */
export function deprecate(deps: RegistryDeps, command: DeprecateCommand): Promise<StateChanged> {
  const { sruid, message, replacement } = command
  return changeState(deps, command, {
    event: 'revision-deprecated',
    state: { kind: 'deprecated', message, replacement },
    reason: message,
    check: async () => {
      if (replacement === null) return
      if (replacement === sruid.revisionTag) throw replacesItself(replacement)
      requireTarget(await deps.store.lookup(sruid, replacement), replacement, 'replacement')
    },
  })
}

/**
 * Has a revision never be chosen again but by its tag. Throws `REVISION_NOT_FOUND`, `ETAG_MISMATCH`,
 * `DEFAULT_POLICY_FAILED` (asked for the next default), or what `makeChange` throws.
 */
export function yank(deps: RegistryDeps, command: YankCommand): Promise<StateChanged> {
  const { reason, ifDefault } = command
  const state: RevisionState = { kind: 'yanked', reason }
  return changeState(deps, command, { event: 'revision-yanked', state, reason, ifDefault })
}

/**
 * Makes a revision active again, from any other state. It does not become the default by that. Throws
 * `REVISION_NOT_FOUND`, `ETAG_MISMATCH`, or what `makeChange` throws.
 */
export function restore(deps: RegistryDeps, command: StateChange): Promise<StateChanged> {
  return changeState(deps, command, { event: 'revision-restored', state: active, reason: '' })
}

interface Move {
  readonly event: LogEvent
  readonly state: RevisionState
  readonly reason: string
  readonly ifDefault?: YankCommand['ifDefault']
  readonly check?: () => Promise<void>
}

function changeState(deps: RegistryDeps, command: StateChange, move: Move): Promise<StateChanged> {
  const { sruid, etag } = command
  return makeChange(deps, {
    ...command,
    service: sruid,
    wanted: sruid.revisionTag,
    decide: async (newest, writer) => {
      const { snapshot, revision } = requireRevision(newest)
      requireEtag(etag, revision.etag)
      await move.check?.()
      return proposeEntry(deps, { snapshot, revision, move, writer })
    },
    toAnswer: (entry) => ({
      revision: viewRevision(entry.revision as Revision, entry),
      defaultTag: entry.head.defaultTag,
    }),
  })
}

interface Proposal {
  readonly snapshot: Snapshot
  readonly revision: Revision
  readonly move: Move
  readonly writer: Writer
}

async function proposeEntry(deps: RegistryDeps, { snapshot, revision, move, writer }: Proposal): Promise<Entry> {
  const { event, state, reason } = move
  const changed: Revision = { ...revision, state }
  const isSameForChoices = isChoosable(state) === isChoosable(revision.state)
  const chosen = isSameForChoices
    ? snapshot.head
    : withChoices(snapshot.head, await chooseAnew(deps.store, revision, snapshot, changed), writer.id)
  const isDefaultGone = !isChoosable(state) && chosen.defaultTag === revision.revisionTag
  const head = isDefaultGone
    ? await withNextDefault(deps, { ...snapshot, head: chosen }, { changed, move, writer })
    : chosen
  return entryAfter(snapshot, revision, { event, revision: changed, head, reason }, writer)
}

async function withNextDefault(
  deps: RegistryDeps,
  snapshot: Snapshot,
  { changed, move, writer }: { readonly changed: Revision; readonly move: Move; readonly writer: Writer },
): Promise<Head> {
  const isCleared = move.ifDefault === 'clear'
  const head = withDefault(snapshot.head, null, null)
  const next = isCleared ? null : await chooseDefault(deps, { ...snapshot, head }, changed)
  const policy = isCleared ? null : deps.policy.name
  const time = nextTime(snapshot, writer.now)
  return withDefault(head, next, { by: 'yank', policy, reason: move.reason, actor: writer.actor, time })
}

function replacesItself(replacement: RevisionTag) {
  const description = `replacement ${quote(replacement)} is the revision itself: it must be another one.`
  return fieldError('INVALID_REVISION_TAG', 'replacement', description)
}
