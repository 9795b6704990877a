import type { Exchange } from '../http/exchange.ts'

/** The full names of the methods that were called, by their paths. Only known paths come here. */
const names = new Map<string, string>()

/** Tells the observation of a request that it calls the RPC of its route, and over which protocol: `connect`, `grpc` or `grpc-web`. */
export function observeRpc({ observation }: Exchange, protocol: string): void {
  if (observation === undefined) return
  observation.rpcMethod = nameOf(observation.route)
  observation.system = protocol === 'connect' ? 'connectrpc' : 'grpc'
}

// A new text for each call would have to be hashed for each call.
function nameOf(path: string): string {
  const known = names.get(path)
  if (known !== undefined) return known
  const name = path.slice(1)
  names.set(path, name)
  return name
}
