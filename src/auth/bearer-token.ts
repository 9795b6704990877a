import { tokenInvalid } from './token-error.ts'

/**
 * The most characters that a token may have. Longer ones are refused before anything of them is read. The tokens of GitHub,
 * GitLab, Google and Kubernetes have less than 3,000.
 */
export const MAX_TOKEN_LENGTH = 8_192

// RFC 6750, section 2.1, but the case of the scheme does not count (RFC 9110, section 11.1).
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i

/**
 * Returns the token in the header `Authorization`. Throws `TOKEN_INVALID` if the header has another scheme, no token,
 * several tokens, or a token that is too long.
 */
export function bearerToken(authorization: string): string {
  // Without this bound, the pattern would look at all of the header.
  if (authorization.length > MAX_TOKEN_LENGTH + 64) throw tooLong()
  const token = BEARER.exec(authorization)?.[1]
  if (token === undefined) {
    throw tokenInvalid('the header Authorization has no bearer token', 'send one header of the form "Bearer TOKEN"')
  }
  if (token.length > MAX_TOKEN_LENGTH) throw tooLong()
  return token
}

function tooLong() {
  const fact = `the token has more than ${MAX_TOKEN_LENGTH.toLocaleString('en-US')} characters`
  return tokenInvalid(fact, 'use a token with fewer claims')
}
