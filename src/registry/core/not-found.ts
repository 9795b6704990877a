import {
  type ErrorMetadata,
  fieldError,
  type KnownReason,
  NOT_FOUND,
  quote,
  RegistryError,
} from '../../domain/errors.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { HeadSnapshot, Revision, Snapshot } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'

/** A snapshot of a service, or throws `SERVICE_NOT_FOUND`, also if its last revision was deleted. */
export function requireService<T extends Pick<HeadSnapshot, 'head'>>(snapshot: T | null, service: ServiceId): T {
  if (snapshot !== null && snapshot.head.revisionCount > 0) return snapshot
  throw notFound('SERVICE_NOT_FOUND', `There is no service ${formatServiceId(service)}.`, { service_exists: false })
}

/** The error for a service that does not have an alias. */
export function aliasNotFound(service: ServiceId, name: string): RegistryError {
  return notInService('ALIAS_NOT_FOUND', `${formatServiceId(service)} has no alias ${quote(name)}.`)
}

/** The error for an alias that follows a range without a revision. */
export function aliasPointsNowhere(service: ServiceId, name: string): RegistryError {
  const what = `The alias ${quote(name)} of ${formatServiceId(service)} follows a range that contains no revision.`
  return notInService('REVISION_NOT_FOUND', what)
}

/** The error for a service that has revisions, none of which is its default. */
export function noDefault(service: ServiceId): RegistryError {
  const name = formatServiceId(service)
  const what = `${name} has no default revision. Name a revision_tag, or set a default with PUT /services/${name}/default.`
  return notInService('NO_DEFAULT', what)
}

/** The error for a service that exists and does not have the revision that was asked for, which `what` describes. */
export function revisionNotFound(service: ServiceId, what: string): RegistryError {
  return notInService('REVISION_NOT_FOUND', `${formatServiceId(service)} has no revision ${what}.`)
}

/** A snapshot with the revision of a tag, or throws `SERVICE_NOT_FOUND` or `REVISION_NOT_FOUND`. */
export function requireRevision(
  snapshot: Snapshot | null,
  service: ServiceId,
  tag: RevisionTag,
): { readonly snapshot: Snapshot; readonly revision: Revision } {
  const found = requireService(snapshot, service)
  if (isThere(found.revision)) return { snapshot: found, revision: found.revision }
  throw revisionNotFound(service, tag)
}

/** A snapshot with the revision that a field names, or throws `TARGET_NOT_FOUND` or `TARGET_YANKED` about that field. */
export function requireTarget(
  snapshot: Snapshot | null,
  tag: RevisionTag,
  field: string,
): { readonly snapshot: Snapshot; readonly revision: Revision } {
  const revision = snapshot?.revision ?? null
  if (snapshot === null || !isThere(revision)) {
    const description = `${field} ${quote(tag)} is not a revision of the service; register it first.`
    throw fieldError('TARGET_NOT_FOUND', field, description)
  }
  if (isChoosable(revision.lifecycle)) return { snapshot, revision }
  throw fieldError('TARGET_YANKED', field, `${field} ${quote(tag)} is yanked; choose a revision that is not yanked.`)
}

/** Whether a revision exists and is not deleted. */
export function isThere(revision: Revision | null): revision is Revision {
  return revision !== null && !revision.lifecycle.isDeleted
}

function notInService(reason: KnownReason, what: string): RegistryError {
  return notFound(reason, what, { service_exists: true })
}

function notFound(reason: KnownReason, what: string, metadata: ErrorMetadata): RegistryError {
  return new RegistryError({ reason, message: `${NOT_FOUND} ${what}`, metadata })
}
