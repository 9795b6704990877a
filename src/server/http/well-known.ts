import { nameRoute, type PathHandler } from './exchange.ts'
import { refuseMethod, sendJson } from './send.ts'

/** The keys with which others verify the tokens of a server. */
export interface PublishedKeys {
  /** The URL of the registry, which is the issuer of its tokens. */
  readonly publicUrl: string
  /** `jwks` is a JSON Web Key Set (RFC 7517), as it is now. */
  readonly keys: { readonly jwks: string }
}

const JWKS = '/.well-known/jwks.json'
const METADATA = '/.well-known/oauth-authorization-server'

/** A new key signs 15 minutes after it is published, so verifiers that read the keys every 5 minutes know it by then. */
const HEADERS = { 'cache-control': 'max-age=300' }

/**
 * Serves the keys, and the metadata that lead to them (RFC 8414). They are public, so no caller needs a credential. For an
 * issuer with a path, the path follows the well-known one (RFC 8414, section 3.1).
 */
export function createWellKnown({ publicUrl, keys }: PublishedKeys): PathHandler {
  // RFC 8414 requires the list of response types, and assumes grant types if they are absent. The registry has none: it
  // issues tokens to its own callers, and not through OAuth.
  const none = { response_types_supported: [], grant_types_supported: [] }
  const metadata = JSON.stringify({ issuer: publicUrl, jwks_uri: `${publicUrl}${JWKS}`, ...none })
  const withPath = `${METADATA}${new URL(publicUrl).pathname.replace(/\/$/, '')}`
  return (exchange, path) => {
    const isMetadata = path === METADATA || path === withPath
    if (!isMetadata && path !== JWKS) return false
    nameRoute(exchange, isMetadata ? METADATA : JWKS)
    const { method } = exchange
    if (method === 'GET' || method === 'HEAD') sendJson(exchange, 200, isMetadata ? metadata : keys.jwks, HEADERS)
    else refuseMethod(exchange, 'GET, HEAD')
    return true
  }
}
