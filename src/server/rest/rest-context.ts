import { RegistryError } from '../../domain/errors.ts'
import type { Principal } from '../../domain/principal.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { CallContext, CallMetadata } from '../call/context.ts'
import type { Exchange } from '../http/exchange.ts'

/** The context of a call over REST. It makes each part on its first use, because most calls need few of them. */
export class RestContext implements CallContext {
  readonly principal: Principal
  readonly log: Logger
  /** REST has no header for a deadline. */
  readonly deadline = undefined
  readonly exchange: Exchange
  #signal: AbortSignal | undefined
  #metadata: CallMetadata | undefined

  constructor(exchange: Exchange, principal: Principal, log: Logger) {
    this.exchange = exchange
    this.principal = principal
    this.log = log
  }

  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.exchange)
    return this.#signal
  }

  get trace(): string | undefined {
    return this.exchange.headers.traceparent as string | undefined
  }

  get metadata(): CallMetadata {
    const { method, authority, target, headers } = this.exchange
    this.#metadata ??= {
      httpMethod: method,
      url: `http://${authority}${target}`,
      requestHeaders: new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      responseHeaders: new Headers(),
      responseTrailers: new Headers(),
    }
    return this.#metadata
  }
}

// If a client ends only its own direction of the connection, it still reads, and the response stays open.
function signalOf(exchange: Exchange): AbortSignal {
  const controller = new AbortController()
  exchange.onceGone(() => controller.abort(callerGone()))
  return controller.signal
}

function callerGone(): RegistryError {
  return new RegistryError({ reason: 'CANCELED', message: 'the caller closed the connection.' })
}
