import type { NamedPolicy } from '../../domain/policies/default-policy.ts'
import type { Store } from '../../store/store.ts'
import type { ChangeQueues } from '../queue/change-queues.ts'
import type { CallTokenIssuer } from '../tokens/call-token-issuer.ts'

/** The most that callers may store. An import may store more. */
export interface RegistryLimits {
  /** The most revisions of a service, deleted ones not included. Undefined: no limit. */
  readonly revisionsPerService?: number | undefined
  /**
   * The most services of a namespace, 1 to 10,000. Services whose revisions were all deleted are included, because their
   * log is kept. Undefined: no limit.
   */
  readonly servicesPerNamespace?: number | undefined
}

/** The dependencies of the use cases. */
export interface RegistryDeps {
  readonly store: Store
  /** The changes that wait to be written to the store. All use cases that write to it share them. */
  readonly changes: ChangeQueues
  readonly policy: NamedPolicy
  /** The longest time for one decision of the policy, in milliseconds. */
  readonly policyTimeLimitMs: number
  /** The schemes that the endpoints of a registration or an update may have. */
  readonly endpointSchemes: ReadonlySet<string>
  /** The most that the registry accepts. Default: no limits. */
  readonly limits?: RegistryLimits | undefined
  /** Issues tokens to call revisions; undefined: the registry issues none. */
  readonly callTokens?: CallTokenIssuer | undefined
  /** The wall clock, in milliseconds since 1970 (UTC). */
  readonly now: () => number
  /** Returns a new unique identifier at each call. Later ones are greater, within the accuracy of the clock. */
  readonly newId: () => string
  /** Returns a new random text at each call. See `Link`. */
  readonly newSalt: () => string
}

/** The dependencies of a use case that only reads. */
export type ReadDeps = Pick<RegistryDeps, 'store'>
