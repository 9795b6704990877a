import type { RegistryError } from '../../domain/errors.ts'
import type { ServiceSummary } from './answers.ts'
import type { ListOptions, ListServicesOptions } from './call-options.ts'

/** The services of a registry. */
export interface Services {
  /**
   * Lists services in the order of `namespace/name`. Changes in the meantime make no service appear twice or go missing.
   *
   * @returns An iterable that asks for a page once the items before it have been taken.
   * @throws {@link RegistryError} while iterating, with the code `invalid_argument`, `failed_precondition`, `unavailable`,
   *   `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`,
   *   `internal`, `unknown` or `data_loss`.
   * @example
   * for await (const { name, defaultRevisionTag } of client.services.list({ prefix: 'my-org/' })) {
   *   console.log(name, defaultRevisionTag)
   * }
   */
  list(options?: ListServicesOptions): AsyncIterable<ServiceSummary>

  /**
   * Lists the namespaces that have services.
   *
   * @returns An iterable that asks for a page once the items before it have been taken.
   * @throws {@link RegistryError} while iterating, with the code `invalid_argument`, `failed_precondition`, `unavailable`,
   *   `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`,
   *   `internal`, `unknown` or `data_loss`.
   */
  listNamespaces(options?: ListOptions): AsyncIterable<string>
}
