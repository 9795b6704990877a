import {
  type ConnectError,
  type ConnectRouter,
  type ContextValues,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type Interceptor,
  type StreamResponse,
} from '@connectrpc/connect'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import type { Logger } from '../../../telemetry/logger.ts'
import { callerGone } from '../../call/exchange-facts.ts'
import type { CallPipeline } from '../../call/pipeline.ts'
import { toWireError } from '../../call/wire-errors.ts'
import { drain } from '../../http/body/drain.ts'
import { gzip } from '../../http/body/gzip.ts'
import type { Exchange } from '../../http/exchange.ts'
import { NodeExchange } from '../../http/node-exchange.ts'
import { requireKnownCompression } from '../compression.ts'
import { capDeadline, readDeadline } from '../deadline.ts'
import { withPlainGrpcMessage } from '../grpc-message.ts'
import { observeRpc } from '../observe-rpc.ts'
import { type Reading, streamBody } from './stream-body.ts'
import { toTrailersOnly } from './trailers-only.ts'

export interface StreamingOptions extends Reading {
  /** Adds the streaming methods. All of them only read. */
  readonly streams: (router: ConnectRouter) => void
  readonly pipeline: CallPipeline
  readonly log: Logger
}

const exchangeKey = createContextKey<Exchange | undefined>(undefined)

/** The handlers of the streaming methods, which the RPC library serves. */
export function createStreamHandlers({ streams, ...options }: StreamingOptions): readonly UniversalHandler[] {
  const { pipeline, limits, json } = options
  const router = createConnectRouter({
    readMaxBytes: limits.bodyBytes,
    acceptCompression: [gzip],
    jsonOptions: json,
    requestGate: (context) => admit(pipeline, context),
    interceptors: [translateErrors(pipeline)],
  })
  streams(router)
  return router.handlers
}

/** Answers a call of a streaming method. Rejects if the RPC library cannot represent the request. */
export async function serveStream(handler: UniversalHandler, given: Exchange, reading: Reading): Promise<void> {
  const { request, response } = given.toNode()
  const exchange = new NodeExchange(request, response)
  exchange.observation = given.observation
  exchange.onceOver(() => {
    drain(exchange, reading.limits)
    exchange.observation?.end(response.statusCode, undefined)
  })
  capDeadline(request.headers)
  const values: ContextValues = createContextValues().set(exchangeKey, exchange)
  const universalRequest = universalRequestFromNodeRequest(request, response, undefined, values)
  const body = streamBody(exchange, handler.method, reading)
  const universalResponse = await handler({ ...universalRequest, body })
  const earlyError = toTrailersOnly(universalResponse)
  if (earlyError !== undefined) exchange.send(earlyError)
  else await universalResponseToNodeResponse(withPlainGrpcMessage(universalResponse), response)
}

async function admit(pipeline: CallPipeline, { method, protocolName, requestHeader, values }: HandlerContext) {
  const exchange = values.get(exchangeKey)
  if (exchange === undefined) return
  observeRpc(exchange, protocolName)
  const isConnect = protocolName === 'connect'
  const compression = isConnect
    ? { encoding: 'connect-content-encoding', accepts: 'connect-accept-encoding' }
    : { encoding: 'grpc-encoding', accepts: 'grpc-accept-encoding' }
  const deadline = isConnect ? 'connect-timeout-ms' : 'grpc-timeout'
  try {
    const { observation } = exchange
    await pipeline.admit({ name: method.name, isReadOnly: true, source: exchange, observation })
  } catch (error) {
    throw toWireError(error, protocolName)
  }
  requireKnownCompression(requestHeader.get(compression.encoding) ?? undefined, compression)
  const given = requestHeader.get(deadline)
  if (given !== null) readDeadline(deadline, given)
}

function translateErrors(pipeline: CallPipeline): Interceptor {
  return (next) => async (request) => {
    const exchange = request.contextValues.get(exchangeKey)
    const head = { name: request.method.name, observation: exchange?.observation }
    // The client chooses the code with which it resets a stream, and some codes mean a failure of the server.
    const toCause = (error: unknown) => (exchange?.isGone ? callerGone() : error)
    const translate = (error: unknown) => toWireError(pipeline.translate(head, toCause(error)))
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
