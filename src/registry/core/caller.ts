import type { CallerAccess } from '../../domain/access/access-control.ts'
import type { Principal } from '../../domain/access/principal.ts'

/** The identity of a caller, and a signal that ends its call. */
export interface Caller {
  /** The actor of every entry that the call appends. */
  readonly principal: Principal
  /** The permissions of the caller. */
  readonly access: CallerAccess
  /**
   * Aborts if the caller disconnects, its deadline passes, or the server stops. A use case then rejects with the
   * signal's reason, unless it has already begun to append an entry.
   */
  readonly signal: AbortSignal
}
