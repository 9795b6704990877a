import type { CallKind } from '../call/rate-limit.ts'

/** A worker asks the primary process for tokens: each of them allows one call of a caller. */
export interface LeaseRequest {
  readonly kind: CallKind
  /** As `callerKey` returns it. */
  readonly key: string
  /** How many tokens the worker would like, 1 or more. */
  readonly wanted: number
}

/** The answer to a {@link LeaseRequest}. */
export interface LeaseGrant extends LeaseRequest {
  /** How many tokens the worker gets, 0 to `wanted`. */
  readonly granted: number
  /** The time until there are more, in milliseconds, if the worker gets fewer than it wanted. */
  readonly waitMs: number
}

/** The connection of a worker to the primary process. */
export interface LeaseChannel {
  send(requests: readonly LeaseRequest[]): void
  /** Calls back with the answers. */
  onGrants(receive: (grants: readonly LeaseGrant[]) => void): void
}
