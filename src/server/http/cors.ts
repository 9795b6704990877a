import { cors } from '@connectrpc/connect'
import type { NodeRequest, NodeResponse } from './node-http.ts'

/** How long a browser may remember what is allowed, in seconds: as long as the strictest of them does. */
const MAX_AGE_S = 7_200

// What Connect needs, and what REST has beside that.
const allowedMethods = [...cors.allowedMethods, 'HEAD', 'PUT', 'PATCH', 'DELETE'].join(', ')
const allowedHeaders = [...cors.allowedHeaders, 'Authorization', 'If-Match', 'If-None-Match'].join(', ')
const exposedHeaders = [...cors.exposedHeaders, 'ETag', 'Waypost-Reason'].join(', ')

/** Sees a request before it is handled; true where it answered. */
export type Guard = (request: NodeRequest, response: NodeResponse) => boolean

/**
 * Lets pages of these origins call the server from a browser (the CORS protocol of the Fetch standard), all of them
 * where one is `*`. A request of another origin is answered without a word of CORS, so that its browser keeps the answer
 * from the page.
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
