import { quote } from '../../domain/errors.ts'
import { isLocalHttp, trustedUrl } from './trusted-url.ts'

/** The most bytes of an answer of an issuer. The keys of the large issuers have less than 20 KiB. */
const MAX_ANSWER_BYTES = 1024 * 1024

/** A request for the keys of an issuer. */
export interface KeyRequest {
  readonly issuer: string
  /** The URL of the keys. Undefined: the issuer's own document tells it. */
  readonly jwksUri: string | undefined
  readonly fetch: typeof fetch
  /** Ends the request. */
  readonly signal: AbortSignal
}

/** Gets the keys of an issuer, as JSON. Rejects if they cannot be had. */
export async function fetchKeys(request: KeyRequest): Promise<unknown> {
  return getJson(new URL(request.jwksUri ?? (await discoverKeys(request))), request)
}

/** Reads the URL of the keys from the issuer's document (OpenID Connect Discovery 1.0, section 4). */
async function discoverKeys(request: KeyRequest): Promise<string> {
  const { issuer } = request
  const url = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const document = await getJson(url, request)
  const { issuer: named, jwks_uri: uri } = (document ?? {}) as {
    readonly issuer?: unknown
    readonly jwks_uri?: unknown
  }
  // Section 4.3: otherwise an issuer could speak for another one.
  if (named !== issuer)
    throw new Error(`the document names the issuer ${quote(String(named))}; it must be ${quote(issuer)}.`)
  if (typeof uri !== 'string')
    throw new Error('the document has no jwks_uri; name the keys with jwks_uri or jwks_file.')
  return trustedUrl(uri, 'jwks_uri', isLocalHttp(new URL(issuer))).href
}

async function getJson(url: URL, { fetch, signal }: KeyRequest): Promise<unknown> {
  // A redirect could lead to a URL that nobody has checked.
  const answer = await fetch(url.href, { redirect: 'error', headers: { accept: 'application/json' }, signal })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    throw new Error(`${url.href} answered with the status ${answer.status}; it must be 200.`)
  }
  return JSON.parse(await readBounded(answer, url))
}

async function readBounded(answer: Response, url: URL): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  // If the loop throws, the rest of the body is cancelled.
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_ANSWER_BYTES) throw new Error(`${url.href} answered with more than 1 MiB; the answer was dropped.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
