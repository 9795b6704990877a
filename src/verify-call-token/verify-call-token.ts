import { type JWTPayload, jwtVerify } from 'jose'
import { callTokenLifetimeS } from '../domain/access/call-token-lifetime.ts'
import { formatSruid, parseSruid, type Sruid } from '../domain/sruid.ts'
import { CallTokenError } from './call-token-error.ts'
import { KeyCache } from './key-cache.ts'
import type { Fetch } from './read-keys.ts'
import { toCallTokenError } from './refusals.ts'

/**
 * The registry and the revision that a token must be from and for.
 *
 * @example
 * const options: VerifyCallTokenOptions = {
 *   registry: 'https://registry.my-org.example',
 *   revision: 'my-org/my-service:1.2.9',
 * }
 */
export interface VerifyCallTokenOptions {
  /** The public URL of the registry, as its operator set it with `--public-url`. Never take it from a token. */
  readonly registry: string
  /** The revision that verifies the token: itself, as `namespace/name:revision_tag`. */
  readonly revision: string
  /** The audience that the operator of the registry has chosen for the service. Default: `waypost:` and the revision. */
  readonly audience?: string
  /** How much the clocks of the registry and of this machine may differ, in seconds. Default: 30. */
  readonly clockToleranceS?: number
  /** Reads the keys of the registry. Default: the `fetch` of the platform. */
  readonly fetch?: Fetch
}

/**
 * A token that is valid, for this revision and now.
 *
 * @example
 * const greet = ({ caller }: VerifiedCallToken) => `Hello, ${caller}.`
 */
export interface VerifiedCallToken {
  /** The caller: its issuer, `#` and its name at the issuer. It never changes. */
  readonly caller: string
  /** The random name of the token. Keep it until `expiresAt` if a token may be used only once. */
  readonly id: string
  /** The generation of the service at which the registry has chosen the revision. */
  readonly generation: number
  /** The time when the registry issued the token. */
  readonly issuedAt: Date
  /** The time when the token ends. */
  readonly expiresAt: Date
}

/** The longest token, in characters. */
const MOST_LENGTH = 16_384

const DEFAULT_TOLERANCE_S = 30

/** The most registries whose keys are kept. */
const MOST_REGISTRIES = 100

/** The keys by the function that reads them, and then by their URL. */
const caches = new WeakMap<Fetch, Map<string, KeyCache>>()

/**
 * Verifies a token to call a revision, which a caller has got from a registry. Reads the keys of the registry at the first
 * call, and again every 5 minutes. It keeps them for up to 24 hours if the registry cannot be reached.
 *
 * @throws {@link CallTokenError} if the token is refused. Its `reason` tells why.
 * @throws `TypeError` or {@link RegistryError} if an option is not valid.
 *
 * @example
 * import { createServer } from 'node:http'
 *
 * const options = { registry: 'https://registry.my-org.example', revision: 'my-org/my-service:1.2.9' }
 *
 * createServer(async (request, response) => {
 *   const [, token = ''] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
 *   try {
 *     const { caller } = await verifyCallToken(token, options)
 *     response.end(`Hello, ${caller}.\n`)
 *   } catch (error) {
 *     if (!(error instanceof CallTokenError)) throw error
 *     response.writeHead(error.reason === 'KEYS_UNAVAILABLE' ? 503 : 401).end(`${error.message}\n`)
 *   }
 * })
 */
export async function verifyCallToken(token: string, options: VerifyCallTokenOptions): Promise<VerifiedCallToken> {
  return verifyWith(keysOf(options), token, options)
}

/** Verifies a token with the keys of a cache, at a time. */
export async function verifyWith(
  keys: KeyCache,
  token: string,
  { registry, revision, audience, clockToleranceS = DEFAULT_TOLERANCE_S }: VerifyCallTokenOptions,
  currentDate = new Date(),
): Promise<VerifiedCallToken> {
  const sruid = parseSruid(revision)
  if (token.length > MOST_LENGTH) throw malformed(`the token has ${token.length} characters`)
  const expected = audience ?? `waypost:${formatSruid(sruid)}`
  const { payload } = await jwtVerify(token, keys.find, {
    ...{ algorithms: ['ES256'], typ: 'at+jwt', issuer: withoutSlash(registry), audience: expected },
    ...{
      clockTolerance: clockToleranceS,
      maxTokenAge: callTokenLifetimeS.longest,
      requiredClaims: ['exp', 'sub', 'jti'],
    },
    currentDate,
  }).catch((error: unknown) => {
    throw toCallTokenError(error)
  })
  return toVerified(payload, sruid, expected)
}

function toVerified(payload: JWTPayload, sruid: Sruid, audience: string): VerifiedCallToken {
  const { aud, sub, jti, iat, exp, waypost } = payload
  if (aud !== audience) throw new CallTokenError('WRONG_AUDIENCE', `the token is also for others than ${audience}.`)
  const { namespace, name, revision_tag: revisionTag, generation } = Object(waypost)
  if (typeof generation !== 'number') throw malformed('the token has no claim "waypost" of a registry')
  if (namespace !== sruid.namespace || name !== sruid.name || revisionTag !== sruid.revisionTag) {
    throw new CallTokenError('WRONG_REVISION', `the token is for another revision than ${formatSruid(sruid)}.`)
  }
  const issuedAt = new Date(Number(iat) * 1000)
  return { caller: String(sub), id: String(jti), generation, issuedAt, expiresAt: new Date(Number(exp) * 1000) }
}

function malformed(fact: string): CallTokenError {
  return new CallTokenError('MALFORMED', `${fact}; send a token that a registry has issued.`)
}

function keysOf({ registry, fetch = globalThis.fetch }: VerifyCallTokenOptions): KeyCache {
  const url = keysUrl(registry)
  const byUrl = caches.get(fetch) ?? new Map<string, KeyCache>()
  caches.set(fetch, byUrl)
  const known = byUrl.get(url)
  if (known !== undefined) return known
  if (byUrl.size >= MOST_REGISTRIES) byUrl.clear()
  const cache = new KeyCache({ url, fetch })
  byUrl.set(url, cache)
  return cache
}

/** The URL of the keys of a registry. Throws `TypeError` for a URL through which somebody could send other keys. */
function keysUrl(registry: string): string {
  const url = URL.canParse(registry) ? new URL(registry) : undefined
  const isLocal = url?.protocol === 'http:' && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url !== undefined && (isLocal || url.protocol === 'https:'))
    return `${withoutSlash(registry)}/.well-known/jwks.json`
  throw new TypeError(`registry is ${JSON.stringify(registry)}; use the https URL of a registry.`)
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '')
}
