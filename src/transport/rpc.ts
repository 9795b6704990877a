import { Code, ConnectError, createConnectRouter, type Interceptor } from '@connectrpc/connect'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { requireDecodableQuery, rpcBody } from './connect-request.ts'
import { capDeadline } from './deadline.ts'
import { isServerFault, toConnectError, toRegistryError } from './errors.ts'
import { withPlainGrpcMessage } from './grpc-message.ts'
import { gzip } from './gzip.ts'
import { jsonReadOptions, jsonTextDecoder } from './json.ts'
import { limits } from './limits.ts'
import type { Logger } from './logger.ts'
import { type NodeRequest, type NodeResponse, onceAnswered, sendError } from './node-http.ts'
import { drain } from './request-body.ts'
import type { Service } from './service.ts'

/** Answers a request to the path of an RPC; false where there is none of that path. */
export type RpcHandler = (request: NodeRequest, response: NodeResponse, path: string) => boolean

/** Serves the RPCs over Connect, gRPC and gRPC-Web. */
export function createRpcHandler(service: Service, log: Logger): RpcHandler {
  const router = createConnectRouter({
    readMaxBytes: limits.bodyBytes,
    maxTimeoutMs: limits.deadlineMs,
    acceptCompression: [gzip],
    jsonOptions: jsonOptions(),
    requestGate: requireDecodableQuery,
    interceptors: [translateErrors(log)],
  })
  router.service(ServiceRegistry, service)
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]))
  return (request, response, path) => {
    const handler = handlers.get(path)
    if (handler === undefined) return false
    void answer(handler, request, response, log)
    return true
  }
}

// Connect's JSON codec takes its text decoder from these options, although their type does not say so.
function jsonOptions() {
  return { ...jsonReadOptions, textDecoder: jsonTextDecoder }
}

// An async function: what the adapter throws for a request that it can't represent rejects, and is answered here.
async function answer(handler: UniversalHandler, request: NodeRequest, response: NodeResponse, log: Logger) {
  try {
    onceAnswered(response, () => drain(request))
    capDeadline(request.headers)
    const universalRequest = universalRequestFromNodeRequest(request, response, undefined, undefined)
    const universalResponse = await handler({ ...universalRequest, body: rpcBody(request, handler.method) })
    await universalResponseToNodeResponse(withPlainGrpcMessage(universalResponse), response)
  } catch (error) {
    // Aborted: the client went away, which is its right.
    if (ConnectError.from(error).code !== Code.Aborted)
      log.error({ err: error, rpc: handler.method.name }, 'an RPC failed')
    if (response.headersSent) response.end()
    else sendError(response, 500, 'internal error')
  }
}

function translateErrors(log: Logger): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request)
    } catch (cause) {
      const error = toRegistryError(cause)
      if (isServerFault(error)) log.error({ err: error, rpc: request.method.name }, 'an RPC failed')
      throw toConnectError(error)
    }
  }
}
