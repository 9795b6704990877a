import { type NodeResponse, type PathHandler, sendJson } from '../http/node-http.ts'
import type { ServingStatus } from './serving-status.ts'

/**
 * Serves `/livez` and `/readyz`. `/livez` is 200 if the process answers. `/readyz` is 200 if the store answers, too. It
 * is 503 if the store does not answer or the server is about to stop.
 */
export function createHttpHealth(status: ServingStatus): PathHandler {
  const readiness = async (response: NodeResponse) => {
    const state = await status.check()
    if (state === 'serving') sendJson(response, 200, '{"status":"ok"}')
    else sendJson(response, 503, JSON.stringify({ status: state }))
  }
  return (_request, response, path) => {
    if (path === '/livez') sendJson(response, 200, '{"status":"ok"}')
    else if (path === '/readyz') void readiness(response)
    else return false
    return true
  }
}
