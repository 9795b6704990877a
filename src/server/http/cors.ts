import { cors } from '@connectrpc/connect'
import type { NodeRequest, NodeResponse } from './node-http.ts'

/**
 * How long a browser may cache the answer to a preflight request, in seconds. Chrome, the strictest browser, allows no
 * more.
 */
const MAX_AGE_S = 7_200

// The methods and headers that Connect needs, and those that REST adds.
const allowedMethods = [...cors.allowedMethods, 'HEAD', 'PUT', 'PATCH', 'DELETE'].join(', ')
const allowedHeaders = [...cors.allowedHeaders, 'Authorization', 'If-Match', 'If-None-Match'].join(', ')
const exposedHeaders = [...cors.exposedHeaders, 'ETag', 'Retry-After', 'Waypost-Reason'].join(', ')

/** Looks at a request before it is handled. Returns true if it has answered the request. */
export type Guard = (request: NodeRequest, response: NodeResponse) => boolean

/**
 * Lets pages of these origins call the server from a browser (the CORS protocol of the Fetch standard). `*` allows all
 * origins. The answer to another origin has no CORS headers, so the browser keeps it from the page.
 */
export function createCorsGuard(origins: readonly string[]): Guard {
  const isAnyAllowed = origins.includes('*')
  const allowed = new Set(origins)
  return (request, response) => {
    if (!isAnyAllowed) response.setHeader('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !(isAnyAllowed || allowed.has(origin))) return false
    response.setHeader('access-control-allow-origin', isAnyAllowed ? '*' : origin)
    if (request.method === 'OPTIONS' && 'access-control-request-method' in request.headers) {
      response.setHeader('access-control-allow-methods', allowedMethods)
      response.setHeader('access-control-allow-headers', allowedHeaders)
      response.setHeader('access-control-max-age', MAX_AGE_S)
      response.statusCode = 204
      response.end()
      return true
    }
    response.setHeader('access-control-expose-headers', exposedHeaders)
    return false
  }
}
