import { type Code, ConnectError } from '@connectrpc/connect'
import { errorToJson } from '@connectrpc/connect/protocol-connect'
import type { RegistryError } from '../../domain/errors.ts'
import type { KnownReason } from '../../domain/reasons.ts'
import { toConnectError, toHttpStatus } from '../call/wire-errors.ts'
import type { Limits } from '../limits.ts'
import { toStatus } from '../rpc/unary/grpc-status.ts'
import { drain } from './body/drain.ts'
import { type RpcProtocol, readContentType } from './content-type.ts'
import type { Exchange } from './exchange.ts'
import { sendError, sendJson } from './send.ts'

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
export function protocolOf({ headers }: Exchange): Protocol {
  const { protocol, codec } = readContentType(headers['content-type'])
  if (protocol !== undefined) return protocol
  return codec === 'proto' || headers['connect-protocol-version'] !== undefined ? 'Connect' : 'REST'
}

/** Answers in the form of the protocol, without details. */
export function refuse(exchange: Exchange, refusal: Refusal, limits: Limits): void {
  const { code, httpStatus, message, reason, protocol = protocolOf(exchange) } = refusal
  if (protocol === 'REST') sendError(exchange, httpStatus, message, { facts: { reason } })
  else sendConnectError(exchange, protocol, new ConnectError(message, code), httpStatus)
  drain(exchange, limits)
}

/** Answers with an error of the registry, in the form of the protocol. */
export function refuseWith(exchange: Exchange, error: RegistryError, limits: Limits): void {
  const { message, reason } = error
  const [status, protocol] = [toHttpStatus(error), protocolOf(exchange)]
  if (protocol === 'REST') {
    sendError(exchange, status, message, { facts: { reason }, headers: { 'waypost-reason': reason } })
  } else sendConnectError(exchange, protocol, toConnectError(error), status)
  drain(exchange, limits)
}

function sendConnectError(exchange: Exchange, protocol: RpcProtocol, error: ConnectError, httpStatus: number): void {
  if (protocol === 'Connect') {
    sendJson(exchange, httpStatus, JSON.stringify(errorToJson(error, undefined)))
    return
  }
  const { codec } = readContentType(exchange.headers['content-type'])
  const mediaType = protocol === 'gRPC' ? 'application/grpc' : 'application/grpc-web'
  // Clients refuse an answer with another codec than their request.
  sendTrailersOnly(exchange, codec === '' ? mediaType : `${mediaType}+${codec}`, error)
}

// An answer without a body has its status in the headers. gRPC calls this Trailers-Only.
function sendTrailersOnly(exchange: Exchange, contentType: string, error: ConnectError): void {
  exchange.send({ status: 200, headers: { ...toStatus(error), 'content-type': contentType } })
}
