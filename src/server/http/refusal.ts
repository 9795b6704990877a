import { type Code, ConnectError } from '@connectrpc/connect'
import { errorToJson } from '@connectrpc/connect/protocol-connect'
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc'
import type { KnownReason, RegistryError } from '../../domain/errors.ts'
import { toConnectError, toHttpStatus } from '../call/wire-errors.ts'
import type { Limits } from '../limits.ts'
import { type RpcProtocol, readContentType } from './content-type.ts'
import { type Exchange, type NodeRequest, type NodeResponse, sendError, sendJson } from './node-http.ts'
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

/** Answers in the form of the protocol, without details. */
export function refuse(request: NodeRequest, response: NodeResponse, refusal: Refusal, limits: Limits): void {
  const { code, httpStatus, message, reason, protocol = protocolOf(request) } = refusal
  if (protocol === 'REST') sendError(response, httpStatus, message, { facts: { reason } })
  else sendConnectError({ request, response }, protocol, new ConnectError(message, code), httpStatus)
  drain(request, limits)
}

/** Answers with an error of the registry, in the form of the protocol. */
export function refuseWith(request: NodeRequest, response: NodeResponse, error: RegistryError, limits: Limits): void {
  const { message, reason } = error
  const [status, protocol] = [toHttpStatus(error), protocolOf(request)]
  if (protocol === 'REST') {
    sendError(response, status, message, { facts: { reason }, headers: { 'waypost-reason': reason } })
  } else sendConnectError({ request, response }, protocol, toConnectError(error), status)
  drain(request, limits)
}

// The sender of a body would miss the answer if the server did not keep reading for a while.
function sendConnectError(
  { request, response }: Exchange,
  protocol: RpcProtocol,
  error: ConnectError,
  httpStatus: number,
): void {
  if (protocol === 'Connect') {
    sendJson(response, httpStatus, JSON.stringify(errorToJson(error, undefined)))
    return
  }
  const { codec } = readContentType(request.headers['content-type'])
  const mediaType = protocol === 'gRPC' ? 'application/grpc' : 'application/grpc-web'
  // Clients refuse an answer with another codec than their request.
  sendTrailersOnly(response, codec === '' ? mediaType : `${mediaType}+${codec}`, error)
}

// An answer without a body has its status in the headers. gRPC calls this Trailers-Only. `writeHead` would end the
// HTTP/2 stream in a separate frame, and clients would think that the answer was cut off.
function sendTrailersOnly(response: NodeResponse, contentType: string, error: ConnectError): void {
  response.statusCode = 200
  response.setHeader('content-type', contentType)
  for (const [name, value] of setTrailerStatus(new Headers(), error)) response.setHeader(name, value)
  response.setHeader('grpc-message', error.rawMessage)
  response.end()
}
