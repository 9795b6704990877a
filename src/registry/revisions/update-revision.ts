import { type Pairs, parseLabels } from '../../domain/labels.ts'
import { isRevisionEntry, type Revision, registeredInfoOf, revisionEntry } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import { isSameInfo, type RevisionInfo, type UpdatablePart } from '../../domain/revision-info.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { appendChange, type ChangeCommand } from '../core/append-change.ts'
import type { Caller } from '../core/caller.ts'
import { requireRevision } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { type RevisionView, viewChanged } from '../core/views.ts'

export interface UpdateRevisionCommand extends ChangeCommand {
  readonly sruid: Sruid
  /** The parts that are replaced. */
  readonly replaced: Partial<Pick<RevisionInfo, UpdatablePart>>
  /** Labels that are added or changed. */
  readonly setLabels: Pairs
  /** Names of labels that are removed. */
  readonly removeLabels: readonly string[]
  /** The etag that the revision must have; empty: any. */
  readonly etag: string
}

/**
 * Changes the information about a revision. Throws `SERVICE_NOT_FOUND`, `REVISION_NOT_FOUND`, `ETAG_MISMATCH`,
 * `INVALID_LABELS` if it would have too many labels, or what `appendChange` throws.
 */
export function updateRevision(
  deps: RegistryDeps,
  command: UpdateRevisionCommand,
  caller: Caller,
): Promise<RevisionView> {
  const { sruid, etag } = command
  return appendChange(deps, command, caller, {
    service: sruid,
    selector: { by: 'tag', tag: sruid.revisionTag },
    isOwnEntry: isRevisionEntry,
    decide: (newest, writer) => {
      const { snapshot, revision } = requireRevision(newest, sruid, sruid.revisionTag)
      requireEtag(etag, revision.etag)
      const updated = withInfo(revision, updateInfo(revision.info, command))
      return revisionEntry(snapshot, { event: 'revision-updated', revision: updated, head: snapshot.head }, writer)
    },
    toAnswer: viewChanged,
  })
}

function updateInfo(info: RevisionInfo, { replaced, setLabels, removeLabels }: UpdateRevisionCommand): RevisionInfo {
  const changed = { ...info, ...replaced }
  if (setLabels.length === 0 && removeLabels.length === 0) return changed
  const kept = changed.labels.filter(([name]) => !removeLabels.includes(name))
  return { ...changed, labels: parseLabels(Object.fromEntries([...kept, ...setLabels])) }
}

// A replay of the registration is recognised by what the registration said.
function withInfo(revision: Revision, info: RevisionInfo): Revision {
  const registered = registeredInfoOf(revision)
  return { ...revision, info, registeredInfo: isSameInfo(registered, info) ? null : registered }
}
