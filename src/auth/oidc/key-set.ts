import { createLocalJWKSet, errors, type JWK, type LocalJWKSet } from 'jose'

/** The algorithms that a token may be signed with. */
export const algorithms = ['RS256', 'ES256', 'EdDSA'] as const

/** Chooses the key for the header of a token. Rejects with an error of `jose` if not exactly one key fits. */
export type KeySet = LocalJWKSet

/** The most keys of an issuer. The large issuers have less than 20. */
const MAX_KEYS = 200

/**
 * Reads the keys of an issuer. Keys that no accepted algorithm can use are left out, as RFC 7517, section 5, says. Throws if
 * none is left.
 */
export function readKeySet(document: unknown): KeySet {
  const keys = (document as { readonly keys?: unknown } | null)?.keys
  if (!Array.isArray(keys)) throw new Error('the answer is not a JWKS; it must be a JSON object with a list "keys".')
  const usable = keys.slice(0, MAX_KEYS).filter(isUsable).map(publicPart)
  if (usable.length === 0) {
    throw new Error(`the JWKS has no key for ${algorithms.join(', ')}; it must have one at least.`)
  }
  return createLocalJWKSet({ keys: usable })
}

function isUsable(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null) return false
  const { kty, crv, n, x, y, alg, use, key_ops: operations } = key as JWK
  if (alg !== undefined && !(algorithms as readonly string[]).includes(alg)) return false
  if (use !== undefined && use !== 'sig') return false
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false
  if (kty === 'EC') return crv === 'P-256' && typeof x === 'string' && typeof y === 'string'
  if (kty === 'OKP') return crv === 'Ed25519' && typeof x === 'string'
  // Shorter keys of RSA can be broken (RFC 7518, section 3.3).
  return kty === 'RSA' && typeof n === 'string' && Buffer.from(n, 'base64url').length >= 256
}

/** A private key that an issuer publishes by mistake is used for its public part only. Certificates are not used at all. */
function publicPart({ kty, kid, alg, crv, n, e, x, y }: JWK): JWK {
  const parts = Object.entries({ kty, kid, alg, crv, n, e, x, y }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(parts) as JWK
}

/** Whether an error says that no key fits a token. Another set of keys may have one. */
export function isMissingKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey
}
