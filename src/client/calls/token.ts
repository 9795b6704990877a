import type { IssuedToken, TokenFunction } from '../api/client-options.ts'
import type { Call } from './call.ts'
import { isTokenText } from './checks/header.ts'
import { type Named, tokenFailed } from './errors.ts'
import { Flight } from './flight.ts'

/** The tokens of one registry. */
export interface Tokens {
  /** Gets a token that has not expired. Rejects with `TOKEN_FAILED` if there is none. */
  get(call: Call): Promise<string>
  /** Forgets a token that the registry refused. Returns whether another token can be fetched. */
  refuse(token: string): boolean
}

interface CachedToken {
  readonly token: string
  readonly expiresAt: number
}

/** How long before its expiry a token is replaced, in milliseconds. The request takes time, and clocks differ. */
const EARLY_MS = 30_000

/** The tokens of a registry: a fixed token, or the tokens of a function. Each of these is kept until it expires. */
export function createTokens(source: string | TokenFunction, registry: Named): Tokens {
  if (typeof source === 'function') return createFetchedTokens(source, registry)
  return { get: async () => source, refuse: () => false }
}

function createFetchedTokens(fetchToken: TokenFunction, registry: Named): Tokens {
  let cached: CachedToken | undefined
  let flight: Flight<string> | undefined
  const fetchOne = async ({ signal, progress }: Call): Promise<string> => {
    progress.registry = registry
    progress.waitsFor = 'token'
    cached = parseIssued(await fetchIssued(fetchToken, signal, registry), registry)
    return cached.token
  }
  return {
    get: async (call) => {
      if (cached && Date.now() < cached.expiresAt - EARLY_MS) return cached.token
      flight ??= new Flight(fetchOne, () => {
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
    throw tokenFailed(registry, 'failed; see the cause of this error.', cause)
  }
}

function parseIssued(issued: IssuedToken, registry: Named): CachedToken {
  const { token, expiresAt } = issued ?? {}
  if (typeof token !== 'string' || !isTokenText(token)) {
    throw tokenFailed(
      registry,
      'did not return a token that a header can carry; return visible ASCII characters without spaces.',
    )
  }
  if (expiresAt !== undefined && !Number.isFinite(expiresAt)) {
    throw tokenFailed(
      registry,
      'returned an expiresAt that is not a finite number; return milliseconds since 1970 (UTC).',
    )
  }
  return { token, expiresAt: expiresAt ?? jwtExpiry(token) ?? Number.POSITIVE_INFINITY }
}

/** The `exp` claim of a JWT (RFC 7519, section 4.1.4) in milliseconds. Only the registry verifies the token. */
export function jwtExpiry(token: string): number | undefined {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return undefined
  try {
    const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    return typeof exp === 'number' ? exp * 1_000 : undefined
  } catch {
    return undefined
  }
}
