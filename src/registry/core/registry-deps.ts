import type { NamedPolicy } from '../../domain/default-policy.ts'
import type { Store } from '../../store/store.ts'

/** Everything that the use cases need from outside. */
export interface RegistryDeps {
  readonly store: Store
  readonly policy: NamedPolicy
  /** How long the policy may take for one decision, in milliseconds. */
  readonly policyTimeLimitMs: number
  /** The wall clock, in milliseconds since 1970 (UTC). */
  readonly now: () => number
  /** Returns a new unique identifier at each call. */
  readonly newId: () => string
}

/** The dependencies of a use case that only reads. */
export type ReadDeps = Pick<RegistryDeps, 'store'>
