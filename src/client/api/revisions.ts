import type { RegistryError } from '../../domain/errors.ts'
import type { ServiceRevision, YankResult } from './answers.ts'
import type {
  DeleteOptions,
  DeprecateOptions,
  EtagOptions,
  ListRevisionsOptions,
  RevisionChanges,
  YankOptions,
} from './call-options.ts'
import type { DeleteResult } from './effect.ts'

/** The revisions of services. A `sruid` names one of them: `namespace/name:revision_tag`. */
export interface Revisions {
  /**
   * Lists the revisions of a service. Even if revisions change meanwhile, none appears twice or is left out.
   *
   * @param service The service: `namespace/name`.
   * @returns An iterable. It requests the next page when all items before it have been consumed.
   * @throws {@link RegistryError} while iterating, with the code `invalid_argument`, `not_found` (there is no such
   *   service), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`,
   *   `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * for await (const { revisionTag } of client.revisions.list('my-org/my-service', { state: 'YANKED' })) {
   *   console.log(revisionTag)
   * }
   */
  list(service: string, options?: ListRevisionsOptions): AsyncIterable<ServiceRevision>

  /**
   * Changes the labels, the endpoints, the description or the documentation URI of a revision. The option `etag` is the
   * etag of the revision.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such revision),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`,
   *   `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or
   *   `data_loss`.
   * @example
   * await client.revisions.update('my-org/my-service:1.2.9', { setLabels: { tier: 'web' }, description: 'Twice as fast.' })
   */
  update(sruid: string, changes: RevisionChanges, options?: EtagOptions): Promise<ServiceRevision>

  /**
   * Deprecates a revision, which tells callers to move to another one. Ranges, aliases and the default policy may still
   * choose it. A yanked revision stays yanked. The option `etag` is the etag of the revision.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such revision),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition` (the replacement does not exist or is yanked),
   *   `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`, `resource_exhausted`,
   *   `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * await client.revisions.deprecate('my-org/my-service:1.2.9', { message: 'It is slow.', replacement: '1.3.0' })
   */
  deprecate(sruid: string, options?: DeprecateOptions): Promise<ServiceRevision>

  /**
   * Removes the deprecation of a revision. The option `etag` is the etag of the revision.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such revision),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`,
   *   `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or
   *   `data_loss`.
   */
  undeprecate(sruid: string, options?: EtagOptions): Promise<ServiceRevision>

  /**
   * Yanks a revision. A range, an alias that follows a range, and the default policy do not choose it while it is
   * yanked. Its exact tag and an alias that is fixed to it still find it. The option `etag` is the etag of the
   * revision.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such revision),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`,
   *   `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`, `internal` (the default policy
   *   failed, for example), `unknown` or `data_loss`.
   * @example
   * const { defaultRevisionTag } = await client.revisions.yank('my-org/my-service:1.2.9', { reason: 'It loses data.' })
   */
  yank(sruid: string, options?: YankOptions): Promise<YankResult>

  /**
   * Removes the yank of a revision. Ranges, aliases and the default policy may choose it again. The default, and a
   * deprecation of the revision, do not change. The option `etag` is the etag of the revision.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such revision),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`,
   *   `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or
   *   `data_loss`.
   */
  unyank(sruid: string, options?: EtagOptions): Promise<ServiceRevision>

  /**
   * Deletes a yanked revision that neither the default, an alias, a rollout nor a deprecation points to. Its tag is never registered again.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such revision),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition` (it is not yanked, or something points to it),
   *   `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`, `resource_exhausted`,
   *   `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * const { etag = '' } = await client.get('my-org/my-service:1.2.9', { view: 'FULL' })
   * await client.revisions.delete('my-org/my-service:1.2.9', { etag })
   */
  delete(sruid: string, options: DeleteOptions): Promise<DeleteResult>
}
