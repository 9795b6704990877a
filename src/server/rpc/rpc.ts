import type { Registry } from '@bufbuild/protobuf'
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  type Interceptor,
  type StreamResponse,
} from '@connectrpc/connect'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import type { Logger } from '../../telemetry/logger.ts'
import { isServerFault, toConnectError, toRegistryError } from '../call/wire-errors.ts'
import { gzip } from '../http/gzip.ts'
import { jsonReadOptions, jsonTextDecoder } from '../http/json.ts'
import { type NodeRequest, type NodeResponse, onceAnswered, type PathHandler, sendError } from '../http/node-http.ts'
import { drain } from '../http/request-body.ts'
import { limits } from '../limits.ts'
import { type Reading, requireDecodableQuery, rpcBody } from './connect-request.ts'
import { capDeadline } from './deadline.ts'
import { withPlainGrpcMessage } from './grpc-message.ts'
import { refuseUnknownMethod } from './unknown-method.ts'

export interface RpcOptions {
  /** Adds the services that are served. */
  readonly routes: (router: ConnectRouter) => void
  readonly log: Logger
  /** The largest message that is accepted, in bytes, after decompression. Default: that of `limits`. */
  readonly maxMessageBytes?: number
  /** The types that may travel in a `google.protobuf.Any` as JSON. Default: none. */
  readonly registry?: Registry
}

/** Serves RPCs over Connect, gRPC and gRPC-Web. */
export function createRpcHandler(options: RpcOptions): PathHandler {
  const { routes, log, maxMessageBytes = limits.bodyBytes, registry } = options
  // Connect's JSON codec takes its text decoder from these options, although their type does not say so.
  const jsonOptions = { ...jsonReadOptions, ...(registry && { registry }), textDecoder: jsonTextDecoder }
  const reading: Reading = { maxBytes: maxMessageBytes, jsonOptions }
  const router = createConnectRouter({
    readMaxBytes: maxMessageBytes,
    acceptCompression: [gzip],
    jsonOptions,
    requestGate: (context) => requireDecodableQuery(context, reading),
    interceptors: [translateErrors(log)],
  })
  routes(router)
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]))
  const services = new Set(router.handlers.map(({ service }) => service.typeName))

  // An async function: what the adapter throws for a request that it can't represent rejects, and is answered here.
  const answer = async (handler: UniversalHandler, request: NodeRequest, response: NodeResponse): Promise<void> => {
    try {
      onceAnswered(response, () => drain(request))
      capDeadline(request.headers, handler.method)
      const universalRequest = universalRequestFromNodeRequest(request, response, undefined, undefined)
      const body = rpcBody(request, handler.method, reading)
      const universalResponse = await handler({ ...universalRequest, body })
      await universalResponseToNodeResponse(withPlainGrpcMessage(universalResponse), response)
    } catch (error) {
      // Aborted: the client went away, which is its right.
      if (ConnectError.from(error).code !== Code.Aborted)
        log.error({ err: error, rpc: handler.method.name }, 'an RPC failed')
      if (response.headersSent) response.end()
      else sendError(response, 500, 'internal error')
    }
  }

  return (request, response, path) => {
    const handler = handlers.get(path)
    if (handler === undefined) return refuseUnknownMethod(services, request, response, path)
    void answer(handler, request, response)
    return true
  }
}

function translateErrors(log: Logger): Interceptor {
  return (next) => async (request) => {
    const translate = (cause: unknown): ConnectError => {
      // What services that others have specified throw, and what the RPC library finds in a stream of messages.
      if (cause instanceof ConnectError) {
        if (cause.code === Code.Internal) log.warn({ err: cause, rpc: request.method.name }, 'an RPC was broken off')
        return cause
      }
      const error = toRegistryError(cause)
      if (isServerFault(error)) log.error({ err: error, rpc: request.method.name }, 'an RPC failed')
      return toConnectError(error)
    }
    try {
      const response = await next(request)
      return response.stream ? { ...response, message: translating(response.message, translate) } : response
    } catch (cause) {
      throw translate(cause)
    }
  }
}

async function* translating(messages: StreamResponse['message'], translate: (cause: unknown) => ConnectError) {
  try {
    yield* messages
  } catch (cause) {
    throw translate(cause)
  }
}
