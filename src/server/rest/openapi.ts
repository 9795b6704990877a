import committed from '../../../docs/openapi.json' with { type: 'json' }
import { type NodeRequest, type PathHandler, refuseMethod, sendJson } from '../http/node-http.ts'

/** `/openapi.json`: the committed description of the REST routes, with the URL at which this server has them. */
export function createOpenApiHandler(basePath: string): PathHandler {
  // Bytes that all answers share: a client that asks a hundred times and reads nothing makes no copies.
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

// Express takes the path where a handler is mounted off its requests, and keeps the whole URL aside.
function mountPath(request: NodeRequest): string {
  const { originalUrl, url = '' } = request as { readonly originalUrl?: string; readonly url?: string }
  return originalUrl?.endsWith(url) ? originalUrl.slice(0, originalUrl.length - url.length) : ''
}
