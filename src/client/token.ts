import type { Call } from './call.ts'
import { invalidOption, type Named, tokenFailed } from './errors.ts'
import { type Flight, prepareFlight } from './flight.ts'

/**
 * A token with the time of its end, for tokens that do not say it themselves.
 *
 * @example
 * const issued: IssuedToken = { token: 'opaque', expiresAt: Date.now() + 3_600_000 }
 */
export interface IssuedToken {
  /** What is sent as `Authorization: Bearer TOKEN`: visible ASCII characters. */
  readonly token: string
  /** When it expires, in milliseconds since 1970 (UTC), as `Date.now()` counts. Default: its `exp` claim, if it is a JWT. */
  readonly expiresAt?: number | undefined
}

/**
 * Gets a token, such as an OIDC ID token. It is asked once for all calls that wait for a token, and again 30 seconds
 * before the token expires, or when the registry answers `unauthenticated`. The signal aborts when no call waits any
 * more. Where it rejects, the calls that wait fail with `TOKEN_FAILED`, and the next call asks again.
 *
 * @example
 * const token: TokenFunction = async ({ signal }) => {
 *   const response = await fetch('http://metadata.internal/identity?audience=waypost', { signal })
 *   return response.text()
 * }
 */
export type TokenFunction = (options: { readonly signal: AbortSignal }) => Promise<string | IssuedToken>

/** The tokens of one registry. */
export interface Tokens {
  /** A token that has not expired. Rejects with `TOKEN_FAILED` where none can be had. */
  get(call: Call): Promise<string>
  /** Forgets a token that the registry refused. Whether it makes sense to get another. */
  refuse(token: string): boolean
}

interface CachedToken {
  readonly token: string
  readonly expiresAt: number
}

/** How long before its end a token is no longer used, in milliseconds: for the way to the registry, and for its clock. */
const EARLY_MS = 30_000

/** What a header can carry of a token. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/

/** The tokens of a registry: always the same one, or those of a function, each kept until it expires. */
export function createTokens(source: string | TokenFunction, registry: Named): Tokens {
  if (typeof source === 'function') return createFetchedTokens(source, registry)
  if (typeof source !== 'string' || !VISIBLE_ASCII.test(source)) {
    throw invalidOption('token', `of registry ${JSON.stringify(registry.name)} must be visible ASCII characters.`)
  }
  return { get: async () => source, refuse: () => false }
}

function createFetchedTokens(fetchToken: TokenFunction, registry: Named): Tokens {
  let cached: CachedToken | undefined
  let flight: Flight<string> | undefined
  const fetchOne = async ({ signal, progress }: Call): Promise<string> => {
    progress.registry = registry
    cached = parseIssued(await fetchIssued(fetchToken, signal, registry), registry)
    return cached.token
  }
  return {
    get: async (call) => {
      if (cached && Date.now() < cached.expiresAt - EARLY_MS) return cached.token
      flight ??= prepareFlight(fetchOne, () => {
        flight = undefined
      })
      return flight.join(call)
    },
    refuse: (token) => {
      // Another call may have fetched a newer one by now.
      if (cached?.token === token) cached = undefined
      return true
    },
  }
}

async function fetchIssued(fetchToken: TokenFunction, signal: AbortSignal, registry: Named): Promise<IssuedToken> {
  try {
    const issued = await fetchToken({ signal })
    return typeof issued === 'string' ? { token: issued } : issued
  } catch (cause) {
    throw tokenFailed(registry, 'its function failed', cause)
  }
}

function parseIssued(issued: IssuedToken, registry: Named): CachedToken {
  const { token, expiresAt } = issued ?? {}
  if (typeof token !== 'string' || !VISIBLE_ASCII.test(token)) {
    throw tokenFailed(registry, 'its function gave something else than visible ASCII characters')
  }
  if (expiresAt !== undefined && !Number.isFinite(expiresAt)) {
    throw tokenFailed(registry, 'its function gave an expiresAt that is no number of milliseconds')
  }
  return { token, expiresAt: expiresAt ?? jwtExpiry(token) ?? Number.POSITIVE_INFINITY }
}

/** The `exp` claim of a JWT (RFC 7519, section 4.1.4) in milliseconds, unverified: the registry verifies, we only renew. */
function jwtExpiry(token: string): number | undefined {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return undefined
  try {
    const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    return typeof exp === 'number' ? exp * 1_000 : undefined
  } catch {
    return undefined
  }
}
