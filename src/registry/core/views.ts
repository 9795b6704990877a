import type { Head } from '../../domain/head.ts'
import type { HeadSnapshot, Revision, RevisionEntry } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'

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

/** Makes the view of the revision that an entry changed. */
export function viewChanged(entry: RevisionEntry): RevisionView {
  return viewRevision(entry.revision, entry)
}

/** Makes the view of the service in an entry or a snapshot. */
export function viewService({ service, head }: ServiceView): ServiceView {
  return { service, head }
}
