import type { Head } from '../../domain/head.ts'
import type { HeadSnapshot, Revision, RevisionEntry } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Caller } from './caller.ts'
import type { WithEffect } from './effects.ts'

/** A revision in an answer. */
export interface RevisionView extends Revision, WithEffect {
  readonly isDefault: boolean
  /** The etag of the service's head. */
  readonly serviceEtag: string
  /** The generation of the service at which the answer was made. */
  readonly generation: number
  /** The hash of the entry of that generation. Null: the entry has no hash. */
  readonly serviceHash: string | null
  /** Whether the default policy was not asked about the revision, because a rollout runs. Default: false. */
  readonly isHeldByRollout?: boolean
}

/** A service in an answer. */
export interface ServiceView extends WithEffect {
  readonly service: ServiceId
  readonly head: Head
}

/** Makes the view of a revision of a service at a generation. */
export function viewRevision(
  revision: Revision,
  { head, generation, hash }: Pick<HeadSnapshot, 'head' | 'generation' | 'hash'>,
): RevisionView {
  const isDefault = head.defaultTag === revision.revisionTag
  return { ...revision, isDefault, serviceEtag: head.etag, generation, serviceHash: hash }
}

/** Returns the revision as a caller may see it: without the name of its author if the caller may not see the actors. */
export function showTo<R extends Revision>({ access }: Pick<Caller, 'access'>, revision: R): R {
  return access.seesActors(revision) ? revision : { ...revision, registeredBy: '' }
}

/** Makes the view of the revision that an entry changed. */
export function viewChanged(entry: RevisionEntry): RevisionView {
  const { head, generation, link, revision } = entry
  return viewRevision(revision, { head, generation, hash: link?.hash ?? null })
}

/** Makes the view of the service in an entry or a snapshot. */
export function viewService({ service, head }: ServiceView): ServiceView {
  return { service, head }
}
