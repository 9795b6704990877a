import type { NamedPolicy } from '../../domain/default-policy.ts'
import type { Store } from '../../store/store.ts'

/** The dependencies of the use cases. */
export interface RegistryDeps {
  readonly store: Store
  readonly policy: NamedPolicy
  /** The longest time for one decision of the policy, in milliseconds. */
  readonly policyTimeLimitMs: number
  /** The wall clock, in milliseconds since 1970 (UTC). */
  readonly now: () => number
  /** Returns a new unique identifier at each call. Later ones are greater, within the accuracy of the clock. */
  readonly newId: () => string
  /** Returns a new random text at each call. See `Link`. */
  readonly newSalt: () => string
}

/** The dependencies of a use case that only reads. */
export type ReadDeps = Pick<RegistryDeps, 'store'>
