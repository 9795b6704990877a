import { type Code, ConnectError } from '@connectrpc/connect'
import { errorToJson } from '@connectrpc/connect/protocol-connect'
import type { KnownReason } from '../../domain/errors.ts'
import type { Limits } from '../limits.ts'
import { type RpcProtocol, readContentType } from './content-type.ts'
import { type NodeRequest, type NodeResponse, sendError, sendJson } from './node-http.ts'
import { drain } from './request-body.ts'

/** The protocol of a request. */
export type Protocol = RpcProtocol | 'REST'

/** Why a request is refused before anything that could handle it has seen it. */
export interface Refusal {
  /** The code, where it is an RPC. */
  readonly code: Code
  /** The status, but for gRPC, whose answers are all 200. */
  readonly httpStatus: number
  readonly message: string
  /** The reason, over REST. */
  readonly reason?: KnownReason
  /** Default: the protocol that the headers of the request say. */
  readonly protocol?: Protocol
}

/** The protocol of a request, by its headers. REST has none of its own. */
export function protocolOf({ headers }: NodeRequest): Protocol {
  const { protocol, codec } = readContentType(headers['content-type'])
  if (protocol !== undefined) return protocol
  return codec === 'proto' || headers['connect-protocol-version'] !== undefined ? 'Connect' : 'REST'
}

/** Answers in the words of the protocol, and reads on for a while, so that the sender gets to see them. */
export function refuse(
  request: NodeRequest,
  response: NodeResponse,
  { code, httpStatus, message, reason, protocol = protocolOf(request) }: Refusal,
  limits: Limits,
): void {
  if (protocol === 'REST') sendError(response, httpStatus, message, { facts: { reason } })
  else if (protocol === 'Connect') {
    sendJson(response, httpStatus, JSON.stringify(errorToJson(new ConnectError(message, code), undefined)))
  } else {
    const { codec } = readContentType(request.headers['content-type'])
    const mediaType = protocol === 'gRPC' ? 'application/grpc' : 'application/grpc-web'
    // Clients refuse an answer whose codec is not that of their request.
    sendTrailersOnly(response, codec === '' ? mediaType : `${mediaType}+${codec}`, code, message)
  }
  drain(request, limits)
}

// An answer without a body has its status in the head: gRPC's own term is Trailers-Only. `writeHead` would put the end of
// an HTTP/2 stream into a frame of its own, and clients would take the answer for one that was cut off.
function sendTrailersOnly(response: NodeResponse, contentType: string, code: Code, message: string): void {
  response.statusCode = 200
  response.setHeader('content-type', contentType)
  response.setHeader('grpc-status', `${code}`)
  response.setHeader('grpc-message', message)
  response.end()
}
