import { type ErrorReason, fieldError, quote, RegistryError } from '../../domain/errors.ts'
import type { Revision, Snapshot } from '../../domain/log.ts'
import { isChoosable } from '../../domain/revision-state.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'

/** The error where nothing is there. The text is part of the REST contract. */
function revisionNotFound(): RegistryError {
  return notFound('REVISION_NOT_FOUND', 'Service revision not found.')
}

function serviceNotFound(service: ServiceId): RegistryError {
  return notFound('SERVICE_NOT_FOUND', `There is no service ${formatServiceId(service)}.`)
}

/** The newest snapshot of a service, or throws `SERVICE_NOT_FOUND`, also where its last revision was deleted. */
export function requireService<T extends Pick<Snapshot, 'head'>>(snapshot: T | null, service: ServiceId): T {
  if (snapshot === null || snapshot.head.revisionCount === 0) throw serviceNotFound(service)
  return snapshot
}

/** The error where a service has no such alias. */
export function aliasNotFound(service: ServiceId, name: string): RegistryError {
  return notFound('ALIAS_NOT_FOUND', `${formatServiceId(service)} has no alias ${quote(name)}.`)
}

/** The revision of a snapshot, or throws `REVISION_NOT_FOUND`, also where it was deleted. */
export function requireRevision(snapshot: Snapshot | null): { snapshot: Snapshot; revision: Revision } {
  if (!snapshot?.revision || snapshot.revision.state.kind === 'deleted') throw revisionNotFound()
  return { snapshot, revision: snapshot.revision }
}

/** The revision of a snapshot, or throws `TARGET_NOT_FOUND` or `TARGET_YANKED` about the field that named it. */
export function requireTarget(snapshot: Snapshot | null, tag: RevisionTag, field: string): Revision {
  const revision = snapshot?.revision
  if (!revision || revision.state.kind === 'deleted') {
    throw fieldError('TARGET_NOT_FOUND', field, `${field} ${quote(tag)} is no revision of the service: it must be one.`)
  }
  if (isChoosable(revision.state)) return revision
  throw fieldError('TARGET_YANKED', field, `${field} ${quote(tag)} is yanked: it must be a revision that is not.`)
}

function notFound(reason: ErrorReason, message: string): RegistryError {
  return new RegistryError({ code: 'not_found', reason, message })
}
