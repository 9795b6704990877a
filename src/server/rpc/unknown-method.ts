import { Code } from '@connectrpc/connect'
import type { NodeRequest, NodeResponse } from '../http/node-http.ts'
import { protocolOf, refuse } from '../http/refusal.ts'
import type { Limits } from '../limits.ts'

/** The services whose methods exist, and what their requests may cost. */
export interface KnownServices {
  readonly services: ReadonlySet<string>
  readonly limits: Limits
}

/**
 * Answers a call of a method that does not exist, in the words of its protocol. False if it is no RPC: its headers are not
 * those of an RPC, and its path is not below a service that is served.
 */
export function refuseUnknownMethod(
  { services, limits }: KnownServices,
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
  refuse(request, response, { ...refusal, protocol: protocol === 'REST' ? 'Connect' : protocol }, limits)
  return true
}
