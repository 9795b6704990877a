import { base64Decode } from '@bufbuild/protobuf/wire'
import { Code, ConnectError, createConnectRouter, type HandlerContext, type Interceptor } from '@connectrpc/connect'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { RegistryError } from '../domain/errors.ts'
import { capDeadline } from './deadline.ts'
import { isServerFault, toConnectError, toRegistryError } from './errors.ts'
import { withPlainGrpcMessage } from './grpc-message.ts'
import { gzip } from './gzip.ts'
import { jsonReadOptions, jsonTextDecoder } from './json.ts'
import { limits } from './limits.ts'
import type { Logger } from './logger.ts'
import { type NodeRequest, type NodeResponse, onceAnswered, sendError } from './node-http.ts'
import { bodyChunks, drain } from './request-body.ts'
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
    requestGate: requireDecodable,
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
    const universalResponse = await handler({ ...universalRequest, body: connectBody(request) })
    await universalResponseToNodeResponse(withPlainGrpcMessage(universalResponse), response)
  } catch (error) {
    // Aborted: the client went away, which is its right.
    if (ConnectError.from(error).code !== Code.Aborted)
      log.error({ err: error, rpc: handler.method.name }, 'an RPC failed')
    if (response.headersSent) response.end()
    else sendError(response, 500, 'internal error')
  }
}

// The handlers tell the caller what a ConnectError says, and of any other only that it was internal.
async function* connectBody(request: NodeRequest): AsyncGenerator<Uint8Array> {
  try {
    yield* bodyChunks(request)
  } catch (error) {
    throw error instanceof RegistryError ? toConnectError(error) : error
  }
}

// The library takes a message in the query that is not base64 for a failure of its own.
function requireDecodable({ requestMethod, url }: HandlerContext): void {
  if (requestMethod !== 'GET') return
  const { searchParams } = new URL(url)
  if (searchParams.get('base64') !== '1') return
  try {
    base64Decode(searchParams.get('message') ?? '')
  } catch {
    throw new ConnectError('the parameter message is not valid base64', Code.InvalidArgument)
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
