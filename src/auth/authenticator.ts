import type { Identity } from '../domain/access/identity.ts'

/** Finds out whose token a request carries. There is one for each kind of token. */
export interface Authenticator {
  /**
   * Returns the identity that a token proves; undefined if the token is not of this kind. Throws or rejects with a
   * `RegistryError`: `TOKEN_INVALID` if the token is of this kind but not valid, and `ISSUER_UNREACHABLE` if no key of its
   * issuer is known. It is synchronous if the token was verified before.
   */
  authenticate(token: string): Identity | Promise<Identity> | undefined
}
