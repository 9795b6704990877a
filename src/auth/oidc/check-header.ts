import type { CompactJWSHeaderParameters } from 'jose'
import { quote } from '../../domain/errors.ts'
import type { Claims } from '../names.ts'
import { tokenInvalid } from '../token-error.ts'
import { algorithms } from './key-set.ts'

// Logout tokens, security events and proofs of possession have types of their own (RFC 8725, section 3.11).
const types = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']

/**
 * Returns the parts of a token's header that choose its key. All other parts are ignored, above all the keys and the URLs of
 * keys that it names (`jwk`, `jku`, `x5c`, `x5u`). Throws `TOKEN_INVALID` for an algorithm, a type or an extension that the
 * registry does not accept.
 */
export function checkHeader({ alg, kid, typ, crit, b64 }: Claims): CompactJWSHeaderParameters {
  if (!(algorithms as readonly unknown[]).includes(alg)) {
    const fact = alg === undefined ? 'the token has no algorithm (alg)' : `the token has the algorithm ${shown(alg)}`
    throw tokenInvalid(fact, 'use a token that is signed with RS256, ES256 or EdDSA')
  }
  if (crit !== undefined || b64 !== undefined) {
    throw tokenInvalid('the header of the token has crit or b64', 'use a token without extensions of JWS')
  }
  if (typ !== undefined && !(typeof typ === 'string' && types.includes(typ.toLowerCase()))) {
    throw tokenInvalid(`the token has the type ${shown(typ)}`, 'use an ID token or an access token')
  }
  if (kid !== undefined && typeof kid !== 'string') {
    throw tokenInvalid('the key id (kid) in the header of the token is not a text', 'use a token with a text as kid')
  }
  return kid === undefined ? { alg: alg as string } : { alg: alg as string, kid }
}

/** Quotes a value of a token for an error. It is bounded. */
export function shown(value: unknown): string {
  return quote(typeof value === 'string' ? value : JSON.stringify(value))
}
