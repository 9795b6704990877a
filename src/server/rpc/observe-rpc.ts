import type { Exchange } from '../http/exchange.ts'

/** Tells the observation of a request that it calls the RPC of its route, and over which protocol: `connect`, `grpc` or `grpc-web`. */
export function observeRpc({ observation }: Exchange, protocol: string): void {
  if (observation === undefined) return
  observation.rpcMethod = observation.route.slice(1)
  observation.system = protocol === 'connect' ? 'connectrpc' : 'grpc'
}
