import { entryAfter, type Revision } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import { differences, type RevisionInfo } from '../../domain/revision-info.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { type ChangeRequest, makeChange } from '../core/append-change.ts'
import { requireRevision } from '../core/not-found.ts'
import { type RegistryDeps, type RevisionView, viewRevision } from '../core/registry-deps.ts'

export interface UpdateRevisionCommand extends ChangeRequest {
  readonly sruid: Sruid
  /** The parts that change, each as a whole. */
  readonly changes: Partial<Pick<RevisionInfo, 'labels' | 'endpoints' | 'description'>>
  /** The etag that the revision must have; empty: any. */
  readonly etag: string
}

/** Changes what is said of a revision. Throws `REVISION_NOT_FOUND`, `ETAG_MISMATCH`, or what `makeChange` throws. */
export function updateRevision(deps: RegistryDeps, command: UpdateRevisionCommand): Promise<RevisionView> {
  const { sruid, changes, etag } = command
  return makeChange(deps, {
    ...command,
    service: sruid,
    wanted: sruid.revisionTag,
    decide: (newest, writer) => {
      const { snapshot, revision } = requireRevision(newest)
      requireEtag(etag, revision.etag)
      const updated = withInfo(revision, { ...revision.info, ...changes })
      return entryAfter(snapshot, sruid, { event: 'revision-updated', revision: updated, head: snapshot.head }, writer)
    },
    toAnswer: (entry) => viewRevision(entry.revision as Revision, entry),
  })
}

// A replay of the registration is recognised by what that said.
function withInfo(revision: Revision, info: RevisionInfo): Revision {
  const registered = revision.registeredInfo ?? revision.info
  return { ...revision, info, registeredInfo: differences(registered, info).length === 0 ? null : registered }
}
