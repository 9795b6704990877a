import { fieldError } from '../../domain/errors.ts'
import type { Head } from '../../domain/head.ts'
import { deleted, stateOf } from '../../domain/lifecycle.ts'
import { type Revision, revisionEntry } from '../../domain/log.ts'
import { formatSruid } from '../../domain/sruid.ts'
import type { Caller } from '../core/caller.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { changeRevision, type RevisionCommand } from './change-revision.ts'

/**
 * Deletes a yanked revision that neither the default nor an alias points to. Throws `INVALID_ETAG` if the command has no
 * etag, `REVISION_NOT_YANKED`, `REVISION_IN_USE`, or what `changeRevision` throws.
 */
export async function deleteRevision(deps: RegistryDeps, command: RevisionCommand, caller: Caller): Promise<void> {
  if (command.etag === '') throw fieldError('INVALID_ETAG', 'etag', 'etag is missing; give the etag of the revision.')
  return changeRevision<void>(deps, command, caller, {
    decide: ({ snapshot, revision, writer }) => {
      requireUnused(revision, snapshot.head)
      const gone: Revision = { ...revision, lifecycle: deleted }
      const head = headWithout(snapshot.head)
      return revisionEntry(snapshot, { event: 'revision-deleted', revision: gone, head }, writer)
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
