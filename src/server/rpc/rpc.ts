import type { Registry } from '@bufbuild/protobuf'
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import type { Logger } from '../../telemetry/logger.ts'
import type { BoundMethod } from '../call/method.ts'
import type { CallPipeline } from '../call/pipeline.ts'
import { answerFailure } from '../http/answer-failure.ts'
import { type Exchange, nameRoute, type PathHandler } from '../http/exchange.ts'
import { jsonReadOptions } from '../http/json.ts'
import type { Limits } from '../limits.ts'
import { createStreamHandlers, serveStream } from './streaming/streams.ts'
import { Deadlines } from './unary/deadlines.ts'
import { bodyRules } from './unary/read-message.ts'
import { serveUnary } from './unary/unary.ts'
import { refuseUnknownMethod } from './unknown-method.ts'

export interface RpcOptions {
  /** The unary methods. */
  readonly methods: readonly BoundMethod[]
  /** Adds the streaming methods. All of them only read. */
  readonly streams: (router: ConnectRouter) => void
  readonly pipeline: CallPipeline
  readonly limits: Limits
  readonly log: Logger
  /** The types that may travel in a `google.protobuf.Any` as JSON. Default: none. */
  readonly registry?: Registry
}

/** Serves RPCs over Connect, gRPC and gRPC-Web. */
export function createRpcHandler({ methods, streams, registry, ...shared }: RpcOptions): PathHandler {
  const { limits } = shared
  const json = { ...jsonReadOptions, ...(registry && { registry }) }
  const parts = { ...shared, json, deadlines: new Deadlines(), bodyRules: bodyRules(limits.bodyBytes) }
  const handlers = createStreamHandlers({ ...parts, streams })
  const unary = new Map(methods.map((each) => [`/${each.method.parent.typeName}/${each.method.name}`, each]))
  const streaming = new Map(handlers.map((handler) => [handler.requestPath, handler]))
  const known = [...methods.map(({ method }) => method.parent), ...handlers.map(({ service }) => service)]
  const services = new Set(known.map(({ typeName }) => typeName))

  const answerStream = async (handler: UniversalHandler, exchange: Exchange): Promise<void> => {
    try {
      await serveStream(handler, exchange, parts)
    } catch (error) {
      // Aborted means that the client went away, which is not a failure.
      if (ConnectError.from(error).code === Code.Aborted) exchange.cutOff()
      else answerFailure(exchange, error, { log: shared.log, rpc: handler.method.name })
    }
  }

  return (exchange, path, query) => {
    const method = unary.get(path)
    if (method !== undefined) {
      nameRoute(exchange, path)
      serveUnary(method, exchange, query, parts)
      return true
    }
    const handler = streaming.get(path)
    if (handler === undefined) return refuseUnknownMethod({ services, limits }, exchange, path)
    nameRoute(exchange, path)
    void answerStream(handler, exchange)
    return true
  }
}
