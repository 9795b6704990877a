import type { UniversalServerResponse } from '@connectrpc/connect/protocol'
import type { Answer } from '../../http/exchange.ts'
import { encodeGrpcMessage } from '../grpc-message.ts'

/** The headers that the RPC library sets itself. */
const OF_PROTOCOL: ReadonlySet<string> = new Set(['content-type', 'grpc-encoding'])

/** The answer in one frame, see `unary/grpc.ts`, if it is an error over gRPC that comes before any message. */
export function toTrailersOnly({ header, trailer }: UniversalServerResponse): Answer | undefined {
  // The RPC library has waited for the first message or the end, and the status is 0 until the end.
  if (trailer === undefined || (trailer.get('grpc-status') ?? '0') === '0') return undefined
  if (header === undefined || ![...header.keys()].every((name) => OF_PROTOCOL.has(name))) return undefined
  const fields: Record<string, string> = Object.fromEntries(trailer)
  fields['grpc-message'] = encodeGrpcMessage(decodeURIComponent(fields['grpc-message'] ?? ''))
  return { status: 200, headers: { ...fields, 'content-type': header.get('content-type') ?? '' } }
}
