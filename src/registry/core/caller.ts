import type { Principal } from '../../domain/principal.ts'

/** Who makes a call, and whether its answer is still wanted. */
export interface Caller {
  /** The actor of every entry that the call appends. */
  readonly principal: Principal
  /**
   * Aborts if the caller has gone away, its deadline has passed, or the server has to stop. A use case then rejects with
   * the signal's reason. It no longer does once an append has begun.
   */
  readonly signal: AbortSignal
}
