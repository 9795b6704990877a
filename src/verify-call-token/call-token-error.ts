/**
 * The reason why a token is refused:
 *
 * - `MALFORMED`: it is not a JWT, or a claim is missing or has a wrong type.
 * - `WRONG_TYPE`: its `typ` is not `at+jwt`, so it is not an access token.
 * - `WRONG_ALGORITHM`: it is not signed with ES256.
 * - `UNKNOWN_KEY`: the registry does not publish the key that it is signed with.
 * - `WRONG_SIGNATURE`: it was changed, or another key has signed it.
 * - `WRONG_ISSUER`: another registry has issued it.
 * - `WRONG_AUDIENCE`: it is for somebody else, such as another revision.
 * - `WRONG_REVISION`: it is for another revision that has the same audience.
 * - `EXPIRED`: its time is over.
 * - `NOT_YET_VALID`: its time has not come. The clocks of the registry and of this machine differ.
 * - `KEYS_UNAVAILABLE`: the keys of the registry could not be read. The token may be valid, so try again later.
 *
 * @example
 * const isTemporary = (reason: CallTokenErrorReason) => reason === 'KEYS_UNAVAILABLE'
 */
export type CallTokenErrorReason =
  | 'MALFORMED'
  | 'WRONG_TYPE'
  | 'WRONG_ALGORITHM'
  | 'UNKNOWN_KEY'
  | 'WRONG_SIGNATURE'
  | 'WRONG_ISSUER'
  | 'WRONG_AUDIENCE'
  | 'WRONG_REVISION'
  | 'EXPIRED'
  | 'NOT_YET_VALID'
  | 'KEYS_UNAVAILABLE'

/**
 * The error for a token that is refused. Its message is for people and never has the token or a part of it. Answer 401 to
 * the caller, or 503 if the reason is `KEYS_UNAVAILABLE`.
 *
 * @example
 * const statusOf = (error: unknown) =>
 *   error instanceof CallTokenError && error.reason !== 'KEYS_UNAVAILABLE' ? 401 : 503
 */
export class CallTokenError extends Error {
  override readonly name = 'CallTokenError'
  /** The reason, for programs. */
  readonly reason: CallTokenErrorReason

  constructor(reason: CallTokenErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}
