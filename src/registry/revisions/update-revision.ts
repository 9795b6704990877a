import { revisionEntry } from '../../domain/entries/new-entry.ts'
import { registeredInfoAfter } from '../../domain/entries/replay.ts'
import { type Pairs, parseLabels } from '../../domain/labels/labels.ts'
import type { FullRevision } from '../../domain/log.ts'
import { type RevisionInfo, requireSchemes, type UpdatablePart } from '../../domain/revision-info.ts'
import type { Caller } from '../core/caller.ts'
import { withEffect } from '../core/effects.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { type RevisionView, viewChanged } from '../core/views.ts'
import { changeRevision, type RevisionCommand } from './change-revision.ts'

export interface UpdateRevisionCommand extends RevisionCommand {
  /** The parts to replace. */
  readonly replaced: Partial<Pick<RevisionInfo, UpdatablePart>>
  /** The labels to add or change. */
  readonly setLabels: Pairs
  /** The names of the labels to remove. */
  readonly removeLabels: readonly string[]
}

/**
 * Changes the information about a revision. Throws `INVALID_LABELS` (too many), `INVALID_ENDPOINTS` (a scheme that the
 * registry does not allow), or an error of `changeRevision`.
 */
export async function updateRevision(
  deps: RegistryDeps,
  command: UpdateRevisionCommand,
  caller: Caller,
): Promise<RevisionView> {
  requireSchemes(command.replaced.endpoints ?? [], deps.endpointSchemes)
  return changeRevision(deps, command, caller, {
    decide: ({ snapshot, revision, writer }) => {
      const updated = withInfo(revision, updateInfo(revision.info, command))
      return revisionEntry(
        snapshot,
        { event: 'revision-updated', before: revision, revision: updated, head: snapshot.head },
        writer,
      )
    },
    toAnswer: (entry, before) => withEffect(viewChanged(entry), { command, before, after: entry.head }),
  })
}

function updateInfo(info: RevisionInfo, { replaced, setLabels, removeLabels }: UpdateRevisionCommand): RevisionInfo {
  const changed = { ...info, ...replaced }
  if (setLabels.length === 0 && removeLabels.length === 0) return changed
  const kept = changed.labels.filter(([name]) => !removeLabels.includes(name))
  return { ...changed, labels: parseLabels(Object.fromEntries([...kept, ...setLabels]), 'set_labels') }
}

// The revision keeps the information of its registration, because a replay is compared with it.
function withInfo(revision: FullRevision, info: RevisionInfo): FullRevision {
  return { ...revision, info, registeredInfo: registeredInfoAfter(revision, info) }
}
