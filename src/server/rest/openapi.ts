import committed from '../../../docs/openapi.json' with { type: 'json' }
import { nameRoute, type PathHandler } from '../http/exchange.ts'
import { refuseMethod, sendJson } from '../http/send.ts'

/** Serves `/openapi.json`: the committed description of the REST routes, with the URL of the routes on this server. */
export function createOpenApiHandler(basePath: string): PathHandler {
  // All answers share these bytes, so a client that sends many requests and reads no answer uses no more memory.
  const json = documentFor(basePath)
  return (exchange, path) => {
    if (path !== '/openapi.json') return false
    nameRoute(exchange, path)
    const { method, mountPath: mounted } = exchange
    if (method !== 'GET' && method !== 'HEAD') refuseMethod(exchange, 'GET, HEAD')
    else sendJson(exchange, 200, mounted === '' ? json : documentFor(mounted + basePath))
    return true
  }
}

function documentFor(path: string): Buffer {
  return Buffer.from(JSON.stringify({ ...committed, servers: [{ url: path === '' ? '/' : path }] }))
}
