import { RegistryError } from '../domain/errors.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import type { ServiceId } from '../domain/sruid.ts'
import { type RegistryDeps, type RevisionView, viewRevision } from './deps.ts'

export interface GetQuery {
  readonly service: ServiceId
  /** The revision that is wanted; undefined: the default revision. */
  readonly revisionTag: RevisionTag | undefined
}

/** The revision that the query names, or throws `REVISION_NOT_FOUND`. */
export async function get({ store }: Pick<RegistryDeps, 'store'>, query: GetQuery): Promise<RevisionView> {
  const snapshot = await store.lookup(query.service, query.revisionTag)
  if (!snapshot?.revision) throw revisionNotFound()
  return viewRevision(snapshot.revision, snapshot)
}

function revisionNotFound(): RegistryError {
  return new RegistryError({
    code: 'not_found',
    reason: 'REVISION_NOT_FOUND',
    message: 'Service revision not found.',
  })
}
