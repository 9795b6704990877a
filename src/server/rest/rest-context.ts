import type { CallerAccess } from '../../domain/access/access-control.ts'
import type { Principal } from '../../domain/access/principal.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Admitted, CallContext, CallMetadata } from '../call/context.ts'
import { abortOnceGone, toMetadata } from '../call/exchange-facts.ts'
import type { Exchange } from '../http/exchange.ts'

/** The context of a call over REST. It makes each part on its first use, because most calls need few of them. */
export class RestContext implements CallContext {
  readonly principal: Principal
  readonly access: CallerAccess
  readonly log: Logger
  /** REST has no header for a deadline. */
  readonly deadline = undefined
  readonly exchange: Exchange
  #signal: AbortSignal | undefined
  #metadata: CallMetadata | undefined

  constructor(exchange: Exchange, { principal, access }: Admitted, log: Logger) {
    this.exchange = exchange
    this.principal = principal
    this.access = access
    this.log = log
  }

  get signal(): AbortSignal {
    this.#signal ??= abortOnceGone(this.exchange).signal
    return this.#signal
  }

  get trace(): string | undefined {
    return this.exchange.headers.traceparent as string | undefined
  }

  get metadata(): CallMetadata {
    this.#metadata ??= toMetadata(this.exchange)
    return this.#metadata
  }
}
