import type { IncomingHttpHeaders } from 'node:http'
import { RegistryError } from '../../domain/errors.ts'

/** The facts about a request that show whether a web page sent it, and the origin of that page. */
export interface RequestOrigin {
  readonly headers: Pick<IncomingHttpHeaders, 'origin' | 'sec-fetch-site'>
  /** The host and port that the request was sent to; undefined: the request does not name them. */
  readonly authority: string | undefined
}

/** Throws `ORIGIN_NOT_ALLOWED` if a request may not change anything. */
export type OriginRule = (request: RequestOrigin) => void

/**
 * Keeps web pages of foreign origins from changing anything, even in a registry that only its own machine can reach. A
 * request may change something if it has no `Origin`, if the browser says that it comes from the same origin, if its
 * origin has the host and port that it was sent to (the scheme does not count, since proxies end TLS), or if `origins`
 * names its origin. A `*` in `origins` allows reads only, so it does not count here.
 */
export function createOriginRule(origins: readonly string[]): OriginRule {
  const named = new Set(origins.filter((origin) => origin !== '*'))
  return ({ headers, authority }) => {
    const { origin } = headers
    if (origin === undefined || headers['sec-fetch-site'] === 'same-origin') return
    if (named.has(origin) || hasAuthority(origin, authority)) return
    throw new RegistryError({
      reason: 'ORIGIN_NOT_ALLOWED',
      message: `pages of the origin ${JSON.stringify(origin.slice(0, 200))} may not change anything here; start the server with --cors-origin to allow them.`,
    })
  }
}

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

// Browsers leave the default port of the scheme out of an origin. Clients may send it to the server all the same.
function hasAuthority(origin: string, authority = ''): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host, port } = new URL(origin)
  const sentTo = authority.toLowerCase()
  return host !== '' && (sentTo === host || (port === '' && sentTo === `${host}:${defaultPorts[protocol]}`))
}
