import { cors } from '@connectrpc/connect'
import type { Exchange } from './exchange.ts'

/**
 * How long a browser may cache the answer to a preflight request, in seconds. Chrome, the strictest browser, allows no
 * more.
 */
const MAX_AGE_S = 7_200

// The methods and headers that Connect needs, and those that REST adds.
const allowedMethods = [...cors.allowedMethods, 'HEAD', 'PUT', 'PATCH', 'DELETE'].join(', ')
const ownHeaders = ['Authorization', 'If-Match', 'If-None-Match', 'traceparent', 'tracestate', 'Waypost-Targeting-Key']
const allowedHeaders = [...cors.allowedHeaders, ...ownHeaders].join(', ')
const ownExposed = ['ETag', 'Retry-After', 'Waypost-Reason', 'WWW-Authenticate']
const exposedHeaders = [...cors.exposedHeaders, ...ownExposed].join(', ')

const preflightHeaders = {
  'access-control-allow-methods': allowedMethods,
  'access-control-allow-headers': allowedHeaders,
  'access-control-max-age': `${MAX_AGE_S}`,
}

/** Looks at a request before it is handled. Returns true if it has answered the request. */
export type Guard = (exchange: Exchange) => boolean

/**
 * Lets pages of these origins call the server from a browser (the CORS protocol of the Fetch standard). `*` allows all
 * origins. The answer to another origin has no CORS headers, so the browser keeps it from the page.
 */
export function createCorsGuard(origins: readonly string[]): Guard {
  const isAnyAllowed = origins.includes('*')
  const allowed = new Set(origins)
  return (exchange) => {
    const { headers, method } = exchange
    if (!isAnyAllowed) exchange.setHeader('vary', 'Origin')
    const { origin } = headers
    if (origin === undefined || !(isAnyAllowed || allowed.has(origin))) return false
    exchange.setHeader('access-control-allow-origin', isAnyAllowed ? '*' : origin)
    if (method === 'OPTIONS' && 'access-control-request-method' in headers) {
      exchange.send({ status: 204, headers: preflightHeaders })
      return true
    }
    exchange.setHeader('access-control-expose-headers', exposedHeaders)
    return false
  }
}
