import type { RegistryError } from '../../domain/errors.ts'
import type { PolicyDecision, ServiceSummary } from './answers.ts'
import type { DefaultOptions, ReadOptions } from './call-options.ts'

/** The default revisions of services. */
export interface Defaults {
  /**
   * Makes a revision the default of its service, without asking the default policy. A later registration may make
   * another revision the default. The option `etag` is the etag of the service.
   *
   * @param sruid The revision: `namespace/name:revision_tag`.
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such service),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition` (there is no such revision, or it is yanked),
   *   `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`, `resource_exhausted`,
   *   `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * await client.defaults.set('my-org/my-service:1.2.8', { reason: '1.2.9 is too slow' })
   */
  set(sruid: string, options?: DefaultOptions): Promise<ServiceSummary>

  /**
   * Removes the default of a service. The service has no default until a registration or {@link Defaults.set} makes
   * one. The option `etag` is the etag of the service.
   *
   * @param service The service: `namespace/name`.
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such service),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`,
   *   `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or
   *   `data_loss`.
   */
  clear(service: string, options?: DefaultOptions): Promise<ServiceSummary>

  /**
   * Asks the registry's default policy whether it would make a revision the default now. The revision need not exist,
   * and nothing is registered.
   *
   * @param sruid The revision: `namespace/name:revision_tag`.
   * @throws {@link RegistryError} with the code `invalid_argument`, `failed_precondition`, `unavailable`,
   *   `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`,
   *   `internal` (the policy failed, for example), `unknown` or `data_loss`.
   * @example
   * const { becomesDefault } = await client.defaults.testPolicy('my-org/my-service:2.0.0-rc.1')
   */
  testPolicy(sruid: string, options?: ReadOptions): Promise<PolicyDecision>
}
