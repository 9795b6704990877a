import { type NodeRequest, type PathHandler, refuseMethod, sendJson } from './node-http.ts'
import { openApiDocument } from './openapi/document.ts'

/** `/openapi.json`: the description of the REST routes, for paths that begin at `basePath`. */
export function createOpenApiHandler(basePath: string): PathHandler {
  // Bytes that all answers share: a client that asks a hundred times and reads nothing makes no copies.
  const json = toBytes(basePath)
  return (request, response, path) => {
    if (path !== '/openapi.json') return false
    const mounted = mountPath(request)
    if (request.method !== 'GET' && request.method !== 'HEAD') refuseMethod(response, 'GET, HEAD')
    else sendJson(response, 200, mounted === '' ? json : toBytes(mounted + basePath))
    return true
  }
}

function toBytes(basePath: string): Buffer {
  return Buffer.from(JSON.stringify(openApiDocument(basePath)))
}

// Express takes the path where a handler is mounted off its requests, and keeps the whole URL aside.
function mountPath(request: NodeRequest): string {
  const { originalUrl, url = '' } = request as { readonly originalUrl?: string; readonly url?: string }
  return originalUrl?.endsWith(url) ? originalUrl.slice(0, originalUrl.length - url.length) : ''
}
