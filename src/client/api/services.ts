import type { RegistryError } from '../../domain/errors.ts'
import type { ServiceSummary } from './answers.ts'
import type { ListOptions, ListServicesOptions } from './call-options.ts'

/** The services of a registry. */
export interface Services {
  /**
   * Lists services in the order of `namespace/name`. Even if services change meanwhile, none appears twice or is left
   * out.
   *
   * @returns An iterable. It requests the next page when all items before it have been consumed.
   * @throws {@link RegistryError} while iterating, with the code `invalid_argument`, `failed_precondition`,
   *   `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`, `resource_exhausted`,
   *   `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * for await (const { name, defaultRevisionTag } of client.services.list({ prefix: 'my-org/' })) {
   *   console.log(name, defaultRevisionTag)
   * }
   */
  list(options?: ListServicesOptions): AsyncIterable<ServiceSummary>

  /**
   * Lists the namespaces that have at least one service, in their order.
   *
   * @returns An iterable. It requests the next page when all items before it have been consumed.
   * @throws {@link RegistryError} while iterating, with the code `invalid_argument`, `failed_precondition`,
   *   `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`, `resource_exhausted`,
   *   `unimplemented`, `internal`, `unknown` or `data_loss`.
   */
  listNamespaces(options?: ListOptions): AsyncIterable<string>
}
