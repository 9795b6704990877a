/// <reference lib="esnext.disposable" preserve="true" />
import type { RegistryError } from '../../domain/errors.ts'
import type { CallToken, CallTokenOptions, WhoAmIOptions, WhoAmIResult } from './access.ts'
import type { Aliases } from './aliases.ts'
import type { RegisterResult, ServiceRevision } from './answers.ts'
import type { GetOptions, RegisterOptions } from './call-options.ts'
import type { Defaults } from './defaults.ts'
import type { History } from './history.ts'
import type { Revisions } from './revisions.ts'
import type { Rollouts } from './rollouts.ts'
import type { Services } from './services.ts'

/**
 * A client of one or several registries.
 *
 * Every method checks its arguments and rejects with a {@link RegistryError}; no method throws synchronously. A call
 * ends within its `timeoutMs`. If a registry is `unavailable`, or refuses a request because of its rate, the request is
 * sent again within that time: up to 5 times in all, after random pauses of up to a second. A change goes to the first registry, or to the registry in its
 * option `registry`.
 *
 * Any call can fail with these codes:
 *
 * - `invalid_argument`: an argument is not valid. `fieldViolations` name it.
 * - `failed_precondition`, with the reason `CLIENT_CLOSED`: the client was closed before the call.
 * - `unavailable`: the registry or its store cannot be reached.
 * - `deadline_exceeded` or `canceled`: the time of the call is over, or its signal aborted. A change may have been
 *   made.
 * - `unauthenticated`: the registry did not accept the token, or needs one, or the token function failed.
 * - `permission_denied`: the registry knows the caller, but the caller lacks the permission.
 * - `resource_exhausted`: the request is larger than the registry allows (1 MiB, if its operator did not change it), the
 *   caller sends too many requests, or too many changes wait.
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
  /** The rollouts of services, which give some callers a candidate in place of the default. */
  readonly rollouts: Rollouts
  /** The history of services: their changes, and the return to an earlier state. */
  readonly history: History
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
   *   `SERVICE_NOT_FOUND`, `REVISION_NOT_FOUND`, `ALIAS_NOT_FOUND`, `NO_DEFAULT` or `STATE_NOT_FOUND`, and `metadata.service_exists` says
   *   whether the service exists), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`,
   *   `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or
   *   `data_loss`.
   * @example
   * const { revisionTag } = await client.get('my-org/my-service', { versionRange: '^1.2' })
   */
  get(service: string, options?: GetOptions): Promise<ServiceRevision>

  /**
   * Asks a registry who the caller is, and what it may do. Every caller may ask.
   *
   * @throws {@link RegistryError} with the code `invalid_argument` (a `resource` without a `permission`, for example),
   *   `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated` (the token is not valid),
   *   `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * const { caller, check } = await client.whoAmI({ permission: 'register', resource: 'my-org/my-service' })
   * if (!check?.allowed) throw new Error(`${caller.name}: ${check?.explanation}`)
   */
  whoAmI(options?: WhoAmIOptions): Promise<WhoAmIResult>

  /**
   * Gets a token to call a revision, and the revision with its endpoints. It asks the registries in the same order as
   * `get`, and moves on to the next one after the same answers.
   *
   * The client keeps the token until 30 seconds before its end, for calls with the same reference, options and
   * credential: its `token`, or else the header `Authorization` of its `headers`. So a default or an alias that somebody
   * else moves is seen after this time. A change through the same client removes the tokens of the changed service.
   * Equal calls at the same time share one request.
   *
   * @param service A service, `namespace/name`, to call its default revision or the revision that the options select. Or
   *   one revision, `namespace/name:revision_tag`.
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (no registry has the revision),
   *   `failed_precondition` (the revision is yanked, or the registry issues no tokens), `unavailable`,
   *   `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`,
   *   `internal`, `unknown` or `data_loss`.
   * @example
   * const { revision, accessToken } = await client.callToken('my-org/my-service', { versionRange: '^1.2' })
   * const [endpoint] = revision.endpoints ?? []
   * if (endpoint) await fetch(endpoint.uri, { headers: { Authorization: `Bearer ${accessToken}` } })
   */
  callToken(service: string, options?: CallTokenOptions): Promise<CallToken>

  /**
   * Closes the client. Idle connections are closed at once, the others when their calls are done. It does not wait for
   * these calls, which end as usual. Later calls, and the next page of a list, reject with `failed_precondition` and
   * the reason `CLIENT_CLOSED`. Closing again does nothing. With `await using`, the client is closed at the end of the
   * block.
   */
  close(): Promise<void>
}
