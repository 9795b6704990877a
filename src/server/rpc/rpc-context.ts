import type { HandlerContext } from '@connectrpc/connect'
import type { Principal } from '../../domain/principal.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { CallContext } from '../call/context.ts'

/** The context of an RPC. */
export function toCallContext(context: HandlerContext, principal: Principal, log: Logger): CallContext {
  return {
    principal,
    signal: context.signal,
    log,
    metadata: {
      httpMethod: context.requestMethod,
      url: context.url,
      requestHeaders: context.requestHeader,
      responseHeaders: context.responseHeader,
      responseTrailers: context.responseTrailer,
    },
    get deadline() {
      const left = context.timeoutMs()
      return left === undefined ? undefined : Date.now() + left
    },
    get trace() {
      return context.requestHeader.get('traceparent') ?? undefined
    },
  }
}
