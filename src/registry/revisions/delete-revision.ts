import { fieldError } from '../../domain/errors.ts'
import type { Head } from '../../domain/head.ts'
import { deleted, stateOf } from '../../domain/lifecycle.ts'
import { isRevisionEntry, type Revision, revisionEntry } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import { formatSruid, type Sruid } from '../../domain/sruid.ts'
import { appendChange, type ChangeCommand } from '../core/append-change.ts'
import type { Caller } from '../core/caller.ts'
import { requireRevision } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

export interface DeleteRevisionCommand extends ChangeCommand {
  readonly sruid: Sruid
  /** The etag of the revision, which must be given. */
  readonly etag: string
}

/**
 * Deletes a yanked revision that neither the default nor an alias points to. Throws `INVALID_ETAG` (none was given),
 * `SERVICE_NOT_FOUND`, `REVISION_NOT_FOUND`, `ETAG_MISMATCH`, `REVISION_NOT_YANKED`, `REVISION_IN_USE`, or what
 * `appendChange` throws.
 */
export async function deleteRevision(
  deps: RegistryDeps,
  command: DeleteRevisionCommand,
  caller: Caller,
): Promise<void> {
  const { sruid, etag } = command
  if (etag === '') throw fieldError('INVALID_ETAG', 'etag', 'etag is missing; give the etag of the revision.')
  return appendChange<ReturnType<typeof revisionEntry>, void>(deps, command, caller, {
    service: sruid,
    selector: { by: 'tag', tag: sruid.revisionTag },
    isOwnEntry: isRevisionEntry,
    decide: (newest, writer) => {
      const { snapshot, revision } = requireRevision(newest, sruid, sruid.revisionTag)
      requireEtag(etag, revision.etag)
      requireUnused(revision, snapshot.head)
      const gone: Revision = { ...revision, lifecycle: deleted }
      return revisionEntry(
        snapshot,
        { event: 'revision-deleted', revision: gone, head: headWithout(snapshot.head) },
        writer,
      )
    },
    toAnswer: () => {},
  })
}

// With its last revision the service is gone. A new service of that name begins without the aliases of this one.
function headWithout(head: Head): Head {
  const revisionCount = head.revisionCount - 1
  return { ...head, revisionCount, aliases: revisionCount === 0 ? [] : head.aliases }
}

function requireUnused(revision: Revision, { defaultTag, aliases }: Head): void {
  const sruid = formatSruid(revision)
  if (revision.lifecycle.yank === null) {
    const description = `revision_tag names ${sruid}, which is ${stateOf(revision.lifecycle)}; yank it before you delete it.`
    throw fieldError('REVISION_NOT_YANKED', 'revision_tag', description)
  }
  const alias = aliases.find(({ tag }) => tag === revision.revisionTag)
  const isDefault = defaultTag === revision.revisionTag
  if (!isDefault && alias === undefined) return
  const user = isDefault ? 'is the default' : `the alias ${alias?.name} points to`
  const description = `revision_tag names ${sruid}, which ${user}; point that to another revision before you delete it.`
  throw fieldError('REVISION_IN_USE', 'revision_tag', description)
}
