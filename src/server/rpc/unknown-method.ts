import { Code } from '@connectrpc/connect'
import type { Exchange } from '../http/exchange.ts'
import { protocolOf, refuse } from '../http/refusal.ts'
import type { Limits } from '../limits.ts'

/** The names of the services on this server, and the limits of a request. */
export interface KnownServices {
  readonly services: ReadonlySet<string>
  readonly limits: Limits
}

/**
 * Answers a call of an unknown method, in the form of its protocol. Returns false if the request is not an RPC: if its
 * headers are not those of an RPC, and its path is not below a known service.
 */
export function refuseUnknownMethod({ services, limits }: KnownServices, exchange: Exchange, path: string): boolean {
  const [, service = '', method, ...more] = path.split('/')
  const isBelowService = services.has(service) && method !== undefined && more.length === 0
  const protocol = protocolOf(exchange)
  if (protocol === 'REST' && !isBelowService) return false
  const message = `no method has the path ${encodeURI(path.slice(0, 300))}; check the names of the service and the method.`
  // Connect's specification has the status 404 for an unknown path. 501 is for a method that is not implemented.
  const refusal = { code: Code.Unimplemented, httpStatus: 404, message }
  refuse(exchange, { ...refusal, protocol: protocol === 'REST' ? 'Connect' : protocol }, limits)
  return true
}
