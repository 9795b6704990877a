import type { RegistryError } from '../../domain/errors.ts'
import type { ServiceSummary } from './answers.ts'
import type { DefaultOptions, ReadOptions } from './call-options.ts'
import type { ChangeEffect } from './effect.ts'
import type { AtOptions } from './history-point.ts'

/**
 * The rollouts of services. A rollout gives some callers a candidate in place of the default. It applies to lookups of the
 * default with a {@link GetOptions.targetingKey}, not to lookups by a tag, a range or an alias. A service is given as
 * `namespace/name`.
 */
export interface Rollouts {
  /**
   * Begins a rollout, or changes the one that runs. The call names all candidates: one that it leaves out is no longer a
   * candidate. As few callers as possible get another revision than before. The option `etag` is the etag of the service.
   *
   * @param candidates The candidates: 1 to 8, with different tags. Their weights are at most 100,000 together.
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such service),
   *   `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one, or
   *   others kept changing the service), `failed_precondition` (a candidate does not exist, is yanked, or is the
   *   default), `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`,
   *   `resource_exhausted`, `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * const candidates = [{ revisionTag: '2.0.0', weight: 10_000, pinnedKeys: ['user-1'] }]
   * const { moved } = await client.rollouts.set('my-org/my-service', candidates, { reason: 'Begin with 10 %.' })
   */
  set(service: string, candidates: readonly CandidateOptions[], options?: RolloutOptions): Promise<SetRolloutResult>

  /**
   * Gets the rollout of a service.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such service, no rollout
   *   runs, or the service does not have the state of `at`), `failed_precondition`, `unavailable`, `deadline_exceeded`,
   *   `canceled`, `unauthenticated`, `permission_denied`, `resource_exhausted`, `unimplemented`, `internal`, `unknown` or
   *   `data_loss`.
   * @example
   * const { rollout, serviceEtag } = await client.rollouts.get('my-org/my-service')
   * const doubled = rollout.candidates.map((each) => ({ ...each, weight: each.weight * 2 }))
   * await client.rollouts.set('my-org/my-service', doubled, { etag: serviceEtag })
   */
  get(service: string, options?: GetRolloutOptions): Promise<GetRolloutResult>

  /**
   * Ends the rollout of a service. All callers then get the default. The option `etag` is the etag of the service.
   *
   * @throws {@link RegistryError} with the code `invalid_argument`, `not_found` (there is no such service, or no rollout
   *   runs), `already_exists` (the request id was used for another request), `aborted` (the etag is not the current one,
   *   or others kept changing the service), `failed_precondition` (the revision to promote is no candidate, or is
   *   yanked), `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`,
   *   `resource_exhausted`, `unimplemented`, `internal`, `unknown` or `data_loss`.
   * @example
   * await client.rollouts.end('my-org/my-service', { promote: '2.0.0', reason: '2.0.0 is as fast as 1.1.0.' })
   */
  end(service: string, options?: EndRolloutOptions): Promise<EndRolloutResult>
}

/** A candidate of {@link Rollouts.set}. */
export interface CandidateOptions {
  /** The tag of the revision. The revision is registered, not yanked, and not the default. */
  readonly revisionTag: string
  /**
   * The share of the callers that get it, in thousandths of a percent: a whole number from 0 to 100,000. 10,000 is 10 %.
   * With 100,000, callers without a targeting key get it, too. Default: 0, so only its pinned keys get it.
   */
  readonly weight?: number | undefined
  /**
   * Targeting keys that always get it. All candidates together have up to 100 pinned keys with up to 16,384 bytes.
   * Default: none.
   */
  readonly pinnedKeys?: readonly string[] | undefined
}

/** A candidate of a rollout. {@link Rollouts.set} takes it, too, and ignores its last two properties. */
export interface RolloutCandidate extends CandidateOptions {
  /** The share of the callers that get it, in thousandths of a percent: 0 to 100,000. */
  readonly weight: number
  /**
   * Targeting keys that always get it. Empty if nobody is pinned, or if you do not have the permission `register`,
   * `manage`, `delete` or `admin` on the service.
   */
  readonly pinnedKeys: readonly string[]
  /** Its buckets, in ascending order. Their number is the weight. */
  readonly buckets: readonly BucketRange[]
  /** Whether it is yanked. Its callers then get the default until it is unyanked. */
  readonly held: boolean
}

/** A range of buckets. A targeting key has one of 100,000 buckets. */
export interface BucketRange {
  /** The first bucket: 0 to 99,999. */
  readonly from: number
  /** The bucket after the last one: 1 to 100,000. */
  readonly to: number
}

/** A rollout of a service. */
export interface ServiceRollout {
  /** The candidates: 1 to 8. All callers who are in none of their buckets get the default. */
  readonly candidates: readonly RolloutCandidate[]
  /** A text that goes into the hash of each targeting key. */
  readonly salt: string
  /** The way in which the bucket of a targeting key is computed: `murmur3-100k`. */
  readonly algorithm: string
  /**
   * Why it was last changed. Absent if no reason was given, or if you do not have the permission `register`, `manage`,
   * `delete` or `admin` on the service.
   */
  readonly reason?: string
  /** When it was begun. */
  readonly startTime?: Date
  /** When it was last changed. */
  readonly updateTime?: Date
}

/** The options of {@link Rollouts.set}. The option `etag` is the etag of the service. */
export interface RolloutOptions extends DefaultOptions {
  /**
   * A text that goes into the hash of each targeting key: up to 64 characters. Another salt deals all callers anew.
   * Default: the salt of the running rollout, or else a random one.
   */
  readonly salt?: string | undefined
}

/** The options of {@link Rollouts.get}. */
export interface GetRolloutOptions extends ReadOptions, AtOptions {}

/** The options of {@link Rollouts.end}. The option `etag` is the etag of the service. */
export interface EndRolloutOptions extends DefaultOptions {
  /** The tag of the candidate that becomes the default in the same change. Default: the default stays. */
  readonly promote?: string | undefined
}

/** The answer of {@link Rollouts.set}. */
export interface SetRolloutResult {
  /** The rollout after the change. */
  readonly rollout: ServiceRollout
  /** How many of 100,000 callers get another revision than before. See {@link ChangeEffect.moved}. */
  readonly moved: number
  /** The effect of the change. */
  readonly effect: ChangeEffect
  /** The etag of the service. */
  readonly serviceEtag: string
}

/** The answer of {@link Rollouts.get}. */
export interface GetRolloutResult {
  /** The rollout. */
  readonly rollout: ServiceRollout
  /** The etag of the service. */
  readonly serviceEtag: string
  /** The generation of the service whose rollout this is. */
  readonly generation: number
}

/** The answer of {@link Rollouts.end}. */
export interface EndRolloutResult {
  /** The service after the change. */
  readonly service: ServiceSummary
  /** How many of 100,000 callers get another revision than before. See {@link ChangeEffect.moved}. */
  readonly moved: number
  /** The effect of the change. */
  readonly effect: ChangeEffect
}
