import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { quote } from '../../domain/errors.ts'
import { fetchKeys } from './fetch-keys.ts'
import { IssuerKeys } from './issuer-keys.ts'
import { type KeySet, readKeySet } from './key-set.ts'
import type { IssuerSettings, OidcSettings } from './settings.ts'
import { trustedUrl } from './trusted-url.ts'

/** The longest time to wait for the keys of an issuer, in milliseconds. */
const FETCH_TIMEOUT_MS = 5_000

/** The keys of an issuer, and the settings that they came by. */
export interface KeySource {
  readonly settings: IssuerSettings
  readonly keys: IssuerKeys
  /** Ends the request that is underway. */
  close(): void
}

/**
 * Makes the source of an issuer's keys. Nothing is fetched yet. Throws if a URL is not valid, or the file has no keys.
 */
export function openKeySource(issuer: IssuerSettings, settings: OidcSettings): KeySource {
  trustedUrl(issuer.issuer, 'issuer')
  if (issuer.jwksUri !== undefined) trustedUrl(issuer.jwksUri, 'jwks_uri')
  const { jwksFile } = issuer
  const { log, now = Date.now } = settings
  const end = new AbortController()
  const load = jwksFile === undefined ? fetcher(issuer, settings, end.signal) : () => readKeys(jwksFile)
  const first = jwksFile === undefined ? undefined : readFirstKeys(jwksFile)
  const keys = new IssuerKeys({ issuer: issuer.issuer, load, log, now, first })
  return { settings: issuer, keys, close: () => end.abort() }
}

function fetcher(
  { issuer, jwksUri }: IssuerSettings,
  settings: OidcSettings,
  end: AbortSignal,
): () => Promise<unknown> {
  const { fetch = globalThis.fetch, fetchTimeoutMs = FETCH_TIMEOUT_MS } = settings
  return () => {
    const signal = AbortSignal.any([end, AbortSignal.timeout(fetchTimeoutMs)])
    return fetchKeys({ issuer, jwksUri, fetch, signal })
  }
}

async function readKeys(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'))
}

function readFirstKeys(path: string): KeySet {
  try {
    return readKeySet(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`jwks_file ${quote(path)} cannot be used (${why}); use the path of a JWKS.`, { cause })
  }
}
