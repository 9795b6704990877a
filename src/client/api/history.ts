import type { RegistryError } from '../../domain/errors.ts'
import type { DefaultOptions, ListOptions } from './call-options.ts'
import type { HistoryPoint } from './history-point.ts'
import type { EndRolloutResult } from './rollouts.ts'

/** The history of services: who changed what, when and why. A service is given as `namespace/name`. */
export interface History {
  /**
   * Lists the changes of a service, the newest first. Even if the service changes meanwhile, none appears twice or is
   * left out.
   *
   * @returns An iterable. It requests the next page when all items before it have been consumed.
   * @throws {@link RegistryError} while iterating, with the code `invalid_argument`, `not_found` (there is no such
   *   service), `failed_precondition`, `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`,
   *   `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * for await (const { time, actor, reason } of client.history.list('my-org/my-service', { event: 'DEFAULT_SET' })) {
   *   console.log(time?.toISOString(), actor, reason)
   * }
   */
  list(service: string, options?: ListChangesOptions): AsyncIterable<ServiceChange>

  /**
   * Restores the default, the aliases and the rollout of an earlier state. The revisions stay as they are. It is a new
   * change, so the history keeps everything. An alias that followed a range follows it again, and points to the highest
   * version of the range now. The option `etag` is the etag of the service.
   *
   * @param to The state whose choices are restored.
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such service, or it does not
   *   have that state), `already_exists` (the request id was used for another request), `aborted` (the etag is not the
   *   current one, or others kept changing the service), `failed_precondition` (a revision that the default, an alias or
   *   the rollout would get was yanked or deleted since), `unavailable`, `deadline_exceeded`, `canceled`,
   *   `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or
   *   `data_loss`.
   * @example
   * const { effect } = await client.history.revert('my-org/my-service', { generation: 12 }, { validateOnly: true })
   */
  revert(service: string, to: HistoryPoint, options?: DefaultOptions): Promise<RevertResult>
}

/** The kind of a change. A newer registry may have other kinds. */
export type ChangeEvent =
  | 'REVISION_REGISTERED'
  | 'REVISION_UPDATED'
  | 'REVISION_DEPRECATED'
  | 'REVISION_UNDEPRECATED'
  | 'REVISION_YANKED'
  | 'REVISION_UNYANKED'
  | 'REVISION_RESTORED'
  | 'REVISION_DELETED'
  | 'DEFAULT_SET'
  | 'DEFAULT_CLEARED'
  | 'ALIAS_SET'
  | 'ALIAS_DELETED'
  | 'ROLLOUT_SET'
  | 'ROLLOUT_ENDED'
  | 'CHOICES_REVERTED'

/** The options of {@link History.list}. Each one that is given restricts the list further. */
export interface ListChangesOptions extends ListOptions {
  /** Only changes of the revision with this tag. */
  readonly revisionTag?: string | undefined
  /** Only changes that set, moved or deleted this alias. */
  readonly alias?: string | undefined
  /** Only changes of this kind. */
  readonly event?: ChangeEvent | undefined
  /** Only changes by the caller with exactly this name: up to 1024 characters. */
  readonly actor?: string | undefined
  /** Only changes after this time. See {@link HistoryPoint} for the format. */
  readonly afterTime?: Date | string | undefined
  /** Only changes before this time. See {@link HistoryPoint} for the format. */
  readonly beforeTime?: Date | string | undefined
}

/**
 * A change of a service. A property is absent if the change has no value for it. `actor`, `requestId` and most reasons are
 * present only if you have the permission `register`, `manage`, `delete` or `admin` on the service.
 */
export interface ServiceChange {
  /** The number of the change in its service: 1, 2, 3 and so on, without gaps. */
  readonly generation: number
  /** When the change was made. It is never earlier than the time of the change before it. */
  readonly time?: Date
  /** The kind of the change. */
  readonly event: ChangeEvent
  /** The name of the caller that made the change, or `anonymous`. */
  readonly actor?: string
  /** The reason in the words of the person who made the change. */
  readonly reason?: string
  /** The id of the request that made the change. */
  readonly requestId?: string
  /** The tag of the revision that was changed. */
  readonly revisionTag?: string
  /** The alias that was set or deleted. */
  readonly alias?: string
  /** The values that the change changed. */
  readonly differences: readonly ChangeDifference[]
}

/** A value before and after a change. */
export interface ChangeDifference {
  /** The name of the value, such as `default`, `aliases.stable`, `rollout.2.0.0`, `state` or `labels.tier`. */
  readonly field: string
  /** The value before the change. Absent if the field had no value. */
  readonly before?: string
  /** The value after the change. Absent if the field then has no value. */
  readonly after?: string
}

/** The answer of {@link History.revert}. */
export interface RevertResult extends EndRolloutResult {
  /** The generation whose choices were restored. */
  readonly generation: number
}
