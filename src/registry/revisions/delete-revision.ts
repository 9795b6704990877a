import { fieldError } from '../../domain/errors.ts'
import type { Head } from '../../domain/head.ts'
import { entryAfter, type Revision } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import { formatSruid, type Sruid } from '../../domain/sruid.ts'
import { type ChangeRequest, makeChange } from '../core/append-change.ts'
import { requireRevision } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

export interface DeleteRevisionCommand extends ChangeRequest {
  readonly sruid: Sruid
  /** The revision's etag, which has to be given. */
  readonly etag: string
}

/**
 * Removes a revision that is yanked and that neither the default nor an alias points to. Throws `INVALID_ETAG` (none was
 * given), `REVISION_NOT_FOUND`, `ETAG_MISMATCH`, `REVISION_NOT_YANKED`, `REVISION_IN_USE`, or what `makeChange` throws.
 */
export function deleteRevision(deps: RegistryDeps, command: DeleteRevisionCommand): Promise<void> {
  const { sruid, etag } = command
  if (etag === '') throw fieldError('INVALID_ETAG', 'etag', 'etag is missing: it must be that of the revision.')
  return makeChange<void>(deps, {
    ...command,
    service: sruid,
    wanted: sruid.revisionTag,
    decide: (newest, writer) => {
      const { snapshot, revision } = requireRevision(newest)
      requireEtag(etag, revision.etag)
      requireUnused(revision, snapshot.head)
      const deleted: Revision = { ...revision, state: { kind: 'deleted' } }
      const revisionCount = snapshot.head.revisionCount - 1
      // With its last revision the service is gone, and one of that name begins without the aliases of this.
      const aliases = revisionCount === 0 ? [] : snapshot.head.aliases
      const head: Head = { ...snapshot.head, revisionCount, aliases }
      return entryAfter(snapshot, sruid, { event: 'revision-deleted', revision: deleted, head }, writer)
    },
    toAnswer: () => {},
  })
}

function requireUnused(revision: Revision, { defaultTag, aliases }: Head): void {
  const sruid = formatSruid(revision)
  if (revision.state.kind !== 'yanked') {
    const description = `revision_tag names ${sruid}, which is ${revision.state.kind}: it must be yanked before it is deleted.`
    throw fieldError('REVISION_NOT_YANKED', 'revision_tag', description)
  }
  const alias = aliases.find(({ tag }) => tag === revision.revisionTag)
  const isDefault = defaultTag === revision.revisionTag
  if (!isDefault && alias === undefined) return
  const user = isDefault ? 'is the default' : `the alias ${alias?.name} points to`
  const description = `revision_tag names ${sruid}, which ${user}: nothing may point to it before it is deleted.`
  throw fieldError('REVISION_IN_USE', 'revision_tag', description)
}
