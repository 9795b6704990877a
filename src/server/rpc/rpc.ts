import type { DescMethod, Registry } from '@bufbuild/protobuf'
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ContextValues,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type Interceptor,
  type StreamResponse,
} from '@connectrpc/connect'
import type { UniversalHandler, UniversalServerResponse } from '@connectrpc/connect/protocol'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import { anonymous, type Principal } from '../../domain/principal.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { type BoundMethod, isReadOnly as isReadOnlyMethod } from '../call/method.ts'
import type { CallPipeline } from '../call/pipeline.ts'
import { toWireError } from '../call/wire-errors.ts'
import { drain } from '../http/body/drain.ts'
import { gzip } from '../http/body/gzip.ts'
import type { Exchange, PathHandler } from '../http/exchange.ts'
import { jsonReadOptions, jsonTextDecoder } from '../http/json.ts'
import { NodeExchange } from '../http/node-exchange.ts'
import { PART_BYTES } from '../http/parts.ts'
import { sendError } from '../http/send.ts'
import type { Limits } from '../limits.ts'
import { requireKnownCompression } from './compression.ts'
import { type Reading, requireDecodableQuery, rpcBody } from './connect-request.ts'
import { capDeadline, requireDeadline } from './deadline.ts'
import { withPlainGrpcMessage } from './grpc-message.ts'
import { RpcCallContext } from './rpc-context.ts'
import { sendTrailersOnly } from './trailers-only.ts'
import { refuseUnknownMethod } from './unknown-method.ts'

export interface RpcOptions {
  /** The unary methods of the registry. */
  readonly methods: readonly BoundMethod[]
  /** Adds standard services, such as health, and streaming methods. All of them only read. */
  readonly others?: (router: ConnectRouter) => void
  readonly pipeline: CallPipeline
  readonly limits: Limits
  readonly log: Logger
  /** The types that may travel in a `google.protobuf.Any` as JSON. Default: none. */
  readonly registry?: Registry
}

const exchangeKey = createContextKey<Exchange | undefined>(undefined)
const principalKey = createContextKey<Principal>(anonymous)

/** Serves RPCs over Connect, gRPC and gRPC-Web. */
export function createRpcHandler(options: RpcOptions): PathHandler {
  const { limits, log } = options
  const router = createRouter(options)
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]))
  const known = { services: new Set(router.handlers.map(({ service }) => service.typeName)), limits }
  const reading = toReading(options)

  // The adapter throws for a request that it cannot represent. In an async function this is a rejection, and gets an
  // answer.
  const answer = async (handler: UniversalHandler, given: Exchange): Promise<void> => {
    const { request, response } = given.toNode()
    const exchange = new NodeExchange(request, response)
    try {
      exchange.onceOver(() => drain(exchange, limits))
      capDeadline(request.headers, handler.method, limits.deadlineMs)
      const universalRequest = universalRequestFromNodeRequest(request, response, undefined, contextOf(exchange))
      const body = rpcBody(exchange, handler.method, reading)
      // The RPC library would refuse a large body by this header, with a text that names one of its options.
      if (Number(request.headers['content-length']) > limits.bodyBytes) universalRequest.header.delete('content-length')
      const universalResponse = await handler({ ...universalRequest, body })
      if (sendTrailersOnly(universalResponse, response)) return
      const sent = withPlainGrpcMessage(universalResponse)
      // Only answers to unary methods are large.
      const isUnary = handler.method.methodKind === 'unary'
      await universalResponseToNodeResponse(isUnary ? withParts(sent) : sent, response)
    } catch (error) {
      // Aborted means that the client went away, which is not a failure.
      if (ConnectError.from(error).code !== Code.Aborted)
        log.error({ err: error, rpc: handler.method.name }, 'an RPC failed')
      if (response.headersSent) response.end()
      else sendError(exchange, 500, 'internal error', { facts: { reason: 'INTERNAL' } })
    }
  }

  return (exchange, path) => {
    const handler = handlers.get(path)
    if (handler === undefined) return refuseUnknownMethod(known, exchange, path)
    void answer(handler, exchange)
    return true
  }
}

function createRouter(options: RpcOptions): ConnectRouter {
  const { methods, others, pipeline, limits, log } = options
  const reading = toReading(options)
  const own = new Set<DescMethod>(methods.map(({ method }) => method))
  const changing = new Set<DescMethod>(
    methods.filter((method) => !isReadOnlyMethod(method)).map(({ method }) => method),
  )
  const router = createConnectRouter({
    readMaxBytes: limits.bodyBytes,
    acceptCompression: [gzip],
    jsonOptions: reading.jsonOptions,
    requestGate: async (context) => {
      context.values.set(principalKey, await admit(pipeline, context, !changing.has(context.method)))
      requireKnownCompression(context)
      requireDeadline(context)
      await requireDecodableQuery(context, reading)
    },
    interceptors: [translateErrors(pipeline, own)],
  })
  for (const bound of methods) {
    router.rpc(bound.method, async (request, context) => {
      const [principal, exchange] = [context.values.get(principalKey), context.values.get(exchangeKey)]
      const callContext = new RpcCallContext(context, { principal, log, exchange })
      try {
        return await pipeline.serve(bound, request, callContext)
      } catch (error) {
        throw toWireError(error, context.protocolName)
      }
    })
  }
  others?.(router)
  return router
}

// Connect's JSON codec reads `textDecoder` from these options, although their type does not declare it.
function toReading({ limits, registry }: RpcOptions): Reading {
  const jsonOptions = { ...jsonReadOptions, ...(registry && { registry }), textDecoder: jsonTextDecoder }
  return { maxBytes: limits.bodyBytes, jsonOptions, limits }
}

function contextOf(exchange: Exchange): ContextValues {
  return createContextValues().set(exchangeKey, exchange)
}

async function admit(pipeline: CallPipeline, context: HandlerContext, isReadOnly: boolean): Promise<Principal> {
  const exchange = context.values.get(exchangeKey)
  if (exchange === undefined) return anonymous
  try {
    return await pipeline.admit({ name: context.method.name, isReadOnly, origin: exchange })
  } catch (error) {
    throw toWireError(error, context.protocolName)
  }
}

// Only for the other services, because the pipeline has already translated the errors of the registry's methods.
function translateErrors(pipeline: CallPipeline, own: ReadonlySet<DescMethod>): Interceptor {
  return (next) => async (request) => {
    if (own.has(request.method)) return next(request)
    const translate = (cause: unknown) => toWireError(pipeline.translate(request.method.name, cause))
    try {
      const response = await next(request)
      return response.stream ? { ...response, message: translating(response.message, translate) } : response
    } catch (cause) {
      throw translate(cause)
    }
  }
}

function withParts(response: UniversalServerResponse): UniversalServerResponse {
  const { body } = response
  return body === undefined ? response : { ...response, body: inParts(body) }
}

async function* inParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at === 0 || at < chunk.byteLength; at += PART_BYTES) yield chunk.subarray(at, at + PART_BYTES)
  }
}

async function* translating(messages: StreamResponse['message'], translate: (cause: unknown) => ConnectError) {
  try {
    yield* messages
  } catch (cause) {
    throw translate(cause)
  }
}
