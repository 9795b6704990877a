import type { UniversalServerResponse } from '@connectrpc/connect/protocol'
import type { NodeResponse } from '../../http/node-http.ts'
import { encodeGrpcMessage } from '../grpc-message.ts'

/** The headers that the RPC library sets itself. */
const OF_PROTOCOL: ReadonlySet<string> = new Set(['content-type', 'grpc-encoding', 'grpc-accept-encoding'])

/**
 * Sends an error over gRPC that comes before any message in one frame, which gRPC calls Trailers-Only. Clients obey
 * their retry policy only then: an answer that begins with a frame of headers ends their tries. Returns whether it was
 * such an error.
 */
export function sendTrailersOnly({ header, trailer }: UniversalServerResponse, response: NodeResponse): boolean {
  // The RPC library has waited for the first message or the end, and the status is 0 until the end.
  const isEarlyError = trailer !== undefined && 'stream' in response && (trailer.get('grpc-status') ?? '0') !== '0'
  // A client takes all fields of the one frame for trailers, so headers of a method need a frame of their own.
  if (!isEarlyError || ![...(header?.keys() ?? [])].every((name) => OF_PROTOCOL.has(name))) return false
  if (response.headersSent || response.destroyed) return true
  // `writeHead` would send the end of the stream in a frame of its own.
  response.statusCode = 200
  response.setHeader('content-type', header?.get('content-type') ?? 'application/grpc')
  for (const [name, value] of trailer) {
    response.setHeader(name, name === 'grpc-message' ? encodeGrpcMessage(decodeURIComponent(value)) : value)
  }
  response.end()
  return true
}
