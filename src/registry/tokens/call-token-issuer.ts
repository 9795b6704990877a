import type { Identity } from '../../domain/access/identity.ts'
import type { Revision } from '../../domain/log.ts'

/** The facts about a token that its issuer needs. */
export interface CallTokenOrder {
  /** The revision that the token is for. */
  readonly revision: Revision
  /** The generation of the service at which the revision was chosen. */
  readonly generation: number
  /** The audience of the token: the name by which the revision knows itself. */
  readonly audience: string
  /** The caller who will send the token to the revision. */
  readonly caller: Identity
  /** How long the token is valid, in seconds. */
  readonly lifetimeS: number
}

/** A token to call a revision. It is a secret of its caller. */
export interface CallToken {
  readonly accessToken: string
  /** The seconds until the token is no longer valid. */
  readonly expiresInS: number
}

/** Issues tokens to call revisions. */
export interface CallTokenIssuer {
  /**
   * Issues a token. Rejects with `CALL_TOKEN_FAILED` if the token is not ready within its time limit, and with the signal's reason
   * if it aborts.
   */
  issue(order: CallTokenOrder, signal: AbortSignal): Promise<CallToken>
}
