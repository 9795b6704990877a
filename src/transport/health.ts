import type { Store } from '../store/store.ts'
import type { Logger } from './logger.ts'
import { type NodeRequest, type NodeResponse, sendJson } from './node-http.ts'

/** Answers a request to `/livez` or `/readyz`; false for any other path. */
export type Health = (request: NodeRequest, response: NodeResponse, path: string) => boolean

/** Alive: the process answers. Ready: the store does too, and the server is not about to stop. */
export function createHealth(store: Store, log: Logger, isDraining: () => boolean): Health {
  const readiness = async (response: NodeResponse) => {
    if (isDraining()) return sendJson(response, 503, '{"status":"draining"}')
    try {
      await store.ping()
      sendJson(response, 200, '{"status":"ok"}')
    } catch (error) {
      log.warn({ err: error }, 'not ready: the store does not answer')
      sendJson(response, 503, '{"status":"store unavailable"}')
    }
  }
  return (_request, response, path) => {
    if (path === '/livez') sendJson(response, 200, '{"status":"ok"}')
    else if (path === '/readyz') void readiness(response)
    else return false
    return true
  }
}
