import type { Head } from '../../domain/head.ts'
import type { HeadSnapshot, Revision, RevisionEntry } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Caller } from './caller.ts'

/** A revision in an answer. */
export interface RevisionView extends Revision {
  readonly isDefault: boolean
  /** The etag of the service's head. */
  readonly serviceEtag: string
}

/** A service in an answer. */
export interface ServiceView {
  readonly service: ServiceId
  readonly head: Head
}

/** Makes the view of a revision of a service with this head. */
export function viewRevision(revision: Revision, { head }: Pick<HeadSnapshot, 'head'>): RevisionView {
  return { ...revision, isDefault: head.defaultTag === revision.revisionTag, serviceEtag: head.etag }
}

/** Returns the revision as a caller may see it: without the name of its author if the caller may not see the actors. */
export function showTo<R extends Revision>({ access }: Pick<Caller, 'access'>, revision: R): R {
  return access.seesActors(revision) ? revision : { ...revision, registeredBy: '' }
}

/** Makes the view of the revision that an entry changed. */
export function viewChanged(entry: RevisionEntry): RevisionView {
  return viewRevision(entry.revision, entry)
}

/** Makes the view of the service in an entry or a snapshot. */
export function viewService({ service, head }: ServiceView): ServiceView {
  return { service, head }
}
