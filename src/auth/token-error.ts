import { RegistryError } from '../domain/errors.ts'

/**
 * Makes the error for a credential that is not valid. `fact` tells which check failed, and `remedy` tells the caller what
 * is needed. Neither may contain the token or a part of its signature. Claims may be quoted with `quote`, which is bounded.
 */
export function tokenInvalid(fact: string, remedy: string, cause?: unknown): RegistryError {
  return new RegistryError({ reason: 'TOKEN_INVALID', message: `${fact}; ${remedy}.`, cause })
}

/** The error for a token that no authenticator knows. */
export function unknownToken(): RegistryError {
  const remedy = 'send a signed JWT of an issuer that the server trusts, or a static token that the server knows'
  return tokenInvalid('the token is neither a signed JWT nor a static token of this server', remedy)
}
