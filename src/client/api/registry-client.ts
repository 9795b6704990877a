/// <reference lib="esnext.disposable" preserve="true" />
import type { RegistryError } from '../../domain/errors.ts'
import type { Aliases } from './aliases.ts'
import type { RegisterResult, ServiceRevision } from './answers.ts'
import type { GetOptions, RegisterOptions } from './call-options.ts'
import type { Defaults } from './defaults.ts'
import type { Revisions } from './revisions.ts'
import type { Services } from './services.ts'

/**
 * A client of one or several registries.
 *
 * Every method checks its arguments and rejects with a {@link RegistryError}; no method throws synchronously. A call
 * ends within its `timeoutMs`. If a registry is `unavailable`, the request is sent again within that time: up to 5
 * times in all, after random pauses of up to a second. A change goes to the first registry, or to the registry in its
 * option `registry`.
 *
 * Any call can fail with these codes:
 *
 * - `invalid_argument`: an argument is not valid. `fieldViolations` name it.
 * - `failed_precondition`, with the reason `CLIENT_CLOSED`: the client was closed before the call.
 * - `unavailable`: the registry or its store cannot be reached.
 * - `deadline_exceeded` or `canceled`: the time of the call is over, or its signal aborted. A change may have been
 *   made.
 * - `unauthenticated` or `permission_denied`: the registry did not accept the caller, or the token function failed.
 * - `resource_exhausted`: the request is larger than the registry allows (1 MiB, if its operator did not change it), or
 *   too many changes wait.
 * - `unimplemented`: the registry is too old to know the method.
 * - `internal`, `unknown` or `data_loss`: the registry failed, or the answer did not come from a registry.
 *
 * @example
 * await using client = createRegistryClient({ baseUrl: 'http://127.0.0.1:8080' })
 * const { revisionTag } = await client.get('my-org/my-service')
 */
export interface RegistryClient extends AsyncDisposable {
  /** The revisions of services: lists, changes, and their lifecycle. */
  readonly revisions: Revisions
  /** The aliases of services. */
  readonly aliases: Aliases
  /** The default revisions of services, set by hand or by the default policy. */
  readonly defaults: Defaults
  /** The services and namespaces of a registry. */
  readonly services: Services

  /**
   * Registers a revision. It is safe to call this again: registering a revision again with the same options changes
   * nothing.
   *
   * @param sruid The revision: `namespace/name:revision_tag`.
   * @throws {@link RegistryError} with the code `invalid_argument`, `already_exists` (the tag has other content or was
   *   deleted, or the request id was used for another request), `aborted` (others kept changing the service),
   *   `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`,
   *   `resource_exhausted`, `unimplemented`, `internal` (the default policy failed, for example), `unknown` or
   *   `data_loss`.
   * @example
   * const { replayed } = await client.register('my-org/my-service:1.2.9', { labels: { tier: 'web' } })
   */
  register(sruid: string, options?: RegisterOptions): Promise<RegisterResult>

  /**
   * Gets a revision from the first registry that has it. The client asks the next registry if one answers that it does
   * not have the service, the revision, the alias or a default, or that the name or the tag is not valid. On any other
   * failure, the call rejects with an error that names the registry, because the answer of another registry could be
   * wrong then.
   *
   * @param service A service, `namespace/name`, to get its default revision or the revision that the options select. Or
   *   one revision, `namespace/name:revision_tag`.
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (no registry has it; the reason is
   *   `SERVICE_NOT_FOUND`, `REVISION_NOT_FOUND`, `ALIAS_NOT_FOUND` or `NO_DEFAULT`, and `metadata.service_exists` says
   *   whether the service exists), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`,
   *   `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or
   *   `data_loss`.
   * @example
   * const { revisionTag } = await client.get('my-org/my-service', { versionRange: '^1.2' })
   */
  get(service: string, options?: GetOptions): Promise<ServiceRevision>

  /**
   * Closes the client. Idle connections are closed at once, the others when their calls are done. It does not wait for
   * these calls, which end as usual. Later calls, and the next page of a list, reject with `failed_precondition` and
   * the reason `CLIENT_CLOSED`. Closing again does nothing. With `await using`, the client is closed at the end of the
   * block.
   */
  close(): Promise<void>
}
