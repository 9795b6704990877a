import committed from '../../../docs/openapi.json' with { type: 'json' }
import { type NodeRequest, type PathHandler, refuseMethod, sendJson } from '../http/node-http.ts'

/** Serves `/openapi.json`: the committed description of the REST routes, with the URL of the routes on this server. */
export function createOpenApiHandler(basePath: string): PathHandler {
  // All answers share these bytes, so a client that sends many requests and reads no answer uses no more memory.
  const json = documentFor(basePath)
  return (request, response, path) => {
    if (path !== '/openapi.json') return false
    const mounted = mountPath(request)
    if (request.method !== 'GET' && request.method !== 'HEAD') refuseMethod(response, 'GET, HEAD')
    else sendJson(response, 200, mounted === '' ? json : documentFor(mounted + basePath))
    return true
  }
}

function documentFor(path: string): Buffer {
  return Buffer.from(JSON.stringify({ ...committed, servers: [{ url: path === '' ? '/' : path }] }))
}

// If a handler is mounted at a path, Express removes this path from `url` and keeps the whole URL in `originalUrl`.
function mountPath(request: NodeRequest): string {
  const { originalUrl, url = '' } = request as { readonly originalUrl?: string; readonly url?: string }
  return originalUrl?.endsWith(url) ? originalUrl.slice(0, originalUrl.length - url.length) : ''
}
