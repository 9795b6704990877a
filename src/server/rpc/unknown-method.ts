import { Code } from '@connectrpc/connect'
import type { NodeRequest, NodeResponse } from '../http/node-http.ts'
import { protocolOf, refuse } from '../http/refusal.ts'

/**
 * Answers a call of a method that does not exist, in the words of the protocol that it is made in; false where it is no
 * RPC: neither its headers are those of one, nor is its path below a service that is served.
 */
export function refuseUnknownMethod(
  services: ReadonlySet<string>,
  request: NodeRequest,
  response: NodeResponse,
  path: string,
): boolean {
  const [, service = '', method, ...more] = path.split('/')
  const isBelowService = services.has(service) && method !== undefined && more.length === 0
  const protocol = protocolOf(request)
  if (protocol === 'REST' && !isBelowService) return false
  const message = `no method has the path ${encodeURI(path.slice(0, 300))}`
  // Connect's specification has 404 for a path that is not there, and 501 for a method that says so itself.
  const refusal = { code: Code.Unimplemented, httpStatus: 404, message }
  refuse(request, response, refusal, protocol === 'REST' ? 'Connect' : protocol)
  return true
}
