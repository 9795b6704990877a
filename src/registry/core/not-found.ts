import { type ErrorMetadata, fieldError, NOT_FOUND, quote, RegistryError } from '../../domain/errors.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { HeadSnapshot, Revision, Snapshot } from '../../domain/log.ts'
import type { KnownReason } from '../../domain/reasons.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'

/** Returns the snapshot. Throws `SERVICE_NOT_FOUND` if it is null or its service has no revision left. */
export function requireService<T extends Pick<HeadSnapshot, 'head'>>(snapshot: T | null, service: ServiceId): T {
  if (snapshot !== null && snapshot.head.revisionCount > 0) return snapshot
  throw serviceNotFound(service)
}

/** Returns a fact about the log of a service. Throws `SERVICE_NOT_FOUND` if it is null, because the log has no entry. */
export function requireEntry<T>(found: T | null, service: ServiceId): T {
  if (found === null) throw serviceNotFound(service)
  return found
}

function serviceNotFound(service: ServiceId): RegistryError {
  const problem = `There is no service ${formatServiceId(service)}; check its name, or register its first revision.`
  return notFound('SERVICE_NOT_FOUND', problem, { service_exists: false })
}

/** The error for a service that does not have an alias. */
export function aliasNotFound(service: ServiceId, name: string): RegistryError {
  const problem = `${formatServiceId(service)} has no alias ${quote(name)}`
  return notInService('ALIAS_NOT_FOUND', `${problem}; use an alias of the service, or set this one.`)
}

/** The error for an alias that follows a range without a revision. */
export function aliasPointsNowhere(service: ServiceId, name: string): RegistryError {
  const problem =
    `alias ${quote(name)} of ${formatServiceId(service)} follows a range that contains no revision; ` +
    'register a revision in the range, or set the alias to a revision tag or another range.'
  return notInService('REVISION_NOT_FOUND', problem)
}

/** The error for a service that has revisions but no default. */
export function noDefault(service: ServiceId): RegistryError {
  const problem = `${formatServiceId(service)} has no default revision`
  return notInService('NO_DEFAULT', `${problem}; name a revision_tag, or make one of its revisions the default.`)
}

/** The error for a service without a rollout. */
export function rolloutNotFound(service: ServiceId): RegistryError {
  return notInService('ROLLOUT_NOT_FOUND', `${formatServiceId(service)} has no rollout; begin one.`)
}

/** The missing revision of a {@link revisionNotFound} error. */
export interface MissingRevision {
  /** Completes "has no revision …". */
  readonly which: string
  /** Tells the caller what to do, as an imperative. */
  readonly remedy: string
}

/** The error for a service that exists but does not have the requested revision. */
export function revisionNotFound(service: ServiceId, { which, remedy }: MissingRevision): RegistryError {
  return notInService('REVISION_NOT_FOUND', `${formatServiceId(service)} has no revision ${which}; ${remedy}.`)
}

/** The error for a service that exists but does not have a revision with this tag. */
export function tagNotFound(service: ServiceId, tag: RevisionTag): RegistryError {
  return revisionNotFound(service, { which: quote(tag), remedy: 'use the tag of a registered revision' })
}

/** A snapshot, and its revision, which exists. */
interface RevisionThere<S extends Snapshot> {
  readonly snapshot: S
  readonly revision: NonNullable<S['revision']>
}

/** Returns the revision in the snapshot. Throws `SERVICE_NOT_FOUND` or `REVISION_NOT_FOUND` if it does not exist. */
export function requireRevision<S extends Snapshot>(
  snapshot: S | null,
  service: ServiceId,
  tag: RevisionTag,
): RevisionThere<S> {
  const found = requireService(snapshot, service)
  if (isThere(found.revision)) return { snapshot: found, revision: found.revision }
  throw tagNotFound(service, tag)
}

/** Returns the revision that `field` names. Throws `TARGET_NOT_FOUND` or `TARGET_YANKED` if it cannot be a target. */
export function requireTarget<S extends Snapshot>(
  snapshot: S | null,
  tag: RevisionTag,
  field: string,
): RevisionThere<S> {
  const revision: S['revision'] = snapshot?.revision ?? null
  if (snapshot === null || !isThere(revision)) {
    const description = `${field} ${quote(tag)} is not a revision of the service; register it first.`
    throw fieldError('TARGET_NOT_FOUND', field, description)
  }
  if (isChoosable(revision.lifecycle)) return { snapshot, revision }
  throw targetYanked(field, tag)
}

/** The error for a field that names a yanked revision as a target. */
export function targetYanked(field: string, tag: RevisionTag): RegistryError {
  return fieldError('TARGET_YANKED', field, `${field} ${quote(tag)} is yanked; choose a revision that is not yanked.`)
}

/** Whether a revision exists and is not deleted. */
export function isThere<R extends Revision>(revision: R | null): revision is R {
  return revision !== null && !revision.lifecycle.isDeleted
}

function notInService(reason: KnownReason, problem: string): RegistryError {
  return notFound(reason, problem, { service_exists: true })
}

function notFound(reason: KnownReason, problem: string, metadata: ErrorMetadata): RegistryError {
  return new RegistryError({ reason, message: `${NOT_FOUND} ${problem}`, metadata })
}
