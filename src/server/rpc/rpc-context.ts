import type { HandlerContext } from '@connectrpc/connect'
import type { Principal } from '../../domain/principal.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { CallContext, CallMetadata } from '../call/context.ts'
import type { Exchange } from '../http/exchange.ts'

/**
 * The context of an RPC. It makes most values on request, because most calls need only its principal and its signal.
 * Its getters are on a prototype, because an object literal with getters costs a quarter of a whole call.
 */
export class RpcCallContext implements CallContext {
  readonly principal: Principal
  readonly log: Logger
  readonly exchange: Exchange | undefined
  readonly #handlerContext: HandlerContext

  constructor(
    context: HandlerContext,
    { principal, log, exchange }: Pick<CallContext, 'principal' | 'log' | 'exchange'>,
  ) {
    this.principal = principal
    this.log = log
    this.exchange = exchange
    this.#handlerContext = context
  }

  get signal(): AbortSignal {
    return this.#handlerContext.signal
  }

  get deadline(): number | undefined {
    const left = this.#handlerContext.timeoutMs()
    return left === undefined ? undefined : Date.now() + left
  }

  get trace(): string | undefined {
    return this.#handlerContext.requestHeader.get('traceparent') ?? undefined
  }

  get metadata(): CallMetadata {
    const { requestMethod, url, requestHeader, responseHeader, responseTrailer } = this.#handlerContext
    return {
      ...{ httpMethod: requestMethod, url },
      ...{ requestHeaders: requestHeader, responseHeaders: responseHeader, responseTrailers: responseTrailer },
    }
  }
}
