import type { RegistryError } from '../../domain/errors.ts'
import type { ServiceAlias } from './answers.ts'
import type { AliasTarget, EtagOptions, ReadAliasOptions } from './call-options.ts'
import type { DeleteResult } from './effect.ts'

/** The aliases of services. A service is given as `namespace/name`. */
export interface Aliases {
  /**
   * Gets an alias.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such service or alias, or
   *   the service does not have the state of `at`), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`,
   *   `resource_exhausted`, `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * const { revisionTag, etag } = await client.aliases.get('my-org/my-service', 'stable')
   */
  get(service: string, alias: string, options?: ReadAliasOptions): Promise<ServiceAlias>

  /**
   * Creates or changes an alias. It is either fixed to a revision or follows a range. The option `etag` is the etag of
   * the alias.
   *
   * @param alias The name of the alias: 1 to 63 characters of lower kebab case. It is not `default`, and it cannot be
   *   read as a version or a range.
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such service),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition` (the revision does not exist or is yanked, or the
   *   service has 64 aliases), `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`,
   *   `resource_exhausted`, `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * await client.aliases.set('my-org/my-service', 'stable', { follows: '^1' })
   */
  set(service: string, alias: string, target: AliasTarget, options?: EtagOptions): Promise<ServiceAlias>

  /**
   * Deletes an alias. The revision that it points to does not change. The option `etag` is the etag of the alias.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such service or alias),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`,
   *   `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or
   *   `data_loss`.
   */
  delete(service: string, alias: string, options?: EtagOptions): Promise<DeleteResult>

  /**
   * Lists all aliases of a service in the order of their names: at most 64.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such service),
   *   `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`,
   *   `resource_exhausted`, `unimplemented`, `internal`, `unknown` or `data_loss`.
   */
  list(service: string, options?: ReadAliasOptions): Promise<readonly ServiceAlias[]>
}
