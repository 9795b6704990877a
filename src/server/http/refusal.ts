import { type Code, ConnectError } from '@connectrpc/connect'
import { errorToJson } from '@connectrpc/connect/protocol-connect'
import type { KnownReason } from '../../domain/errors.ts'
import type { Limits } from '../limits.ts'
import { type RpcProtocol, readContentType } from './content-type.ts'
import { type NodeRequest, type NodeResponse, sendError, sendJson } from './node-http.ts'
import { drain } from './request-body.ts'

/** The protocol of a request. */
export type Protocol = RpcProtocol | 'REST'

/** A refusal of a request before any handler sees it. */
export interface Refusal {
  /** The code over the RPC protocols. */
  readonly code: Code
  /** The HTTP status, except over gRPC and gRPC-Web, whose answers always have 200. */
  readonly httpStatus: number
  readonly message: string
  /** The reason, over REST. */
  readonly reason?: KnownReason
  /** The protocol of the answer. Default: the protocol that the request's headers show. */
  readonly protocol?: Protocol
}

/** The protocol of a request, by its headers. Without the headers of an RPC protocol it is REST. */
export function protocolOf({ headers }: NodeRequest): Protocol {
  const { protocol, codec } = readContentType(headers['content-type'])
  if (protocol !== undefined) return protocol
  return codec === 'proto' || headers['connect-protocol-version'] !== undefined ? 'Connect' : 'REST'
}

/**
 * Answers in the form of the protocol. Keeps reading the body for a while, because the sender would miss the answer
 * otherwise.
 */
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
    // Clients refuse an answer with another codec than their request.
    sendTrailersOnly(response, codec === '' ? mediaType : `${mediaType}+${codec}`, code, message)
  }
  drain(request, limits)
}

// An answer without a body has its status in the headers. gRPC calls this Trailers-Only. `writeHead` would end the
// HTTP/2 stream in a separate frame, and clients would think that the answer was cut off.
function sendTrailersOnly(response: NodeResponse, contentType: string, code: Code, message: string): void {
  response.statusCode = 200
  response.setHeader('content-type', contentType)
  response.setHeader('grpc-status', `${code}`)
  response.setHeader('grpc-message', message)
  response.end()
}
