import { type NodeResponse, type PathHandler, sendJson } from '../http/node-http.ts'
import type { ServingStatus } from './serving-status.ts'

/** `/livez`: the process answers. `/readyz`: the store does too, and the server is not about to stop. */
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
