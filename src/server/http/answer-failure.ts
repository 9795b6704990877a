import type { KnownReason } from '../../domain/reasons.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Exchange } from './exchange.ts'
import { sendError } from './send.ts'

const INTERNAL = 'INTERNAL' satisfies KnownReason

/** The log for a failure, and the name of the method if the request is an RPC. */
interface FailureContext {
  readonly log: Logger
  readonly rpc?: string
}

/**
 * Answers a request that the server has failed to handle, and logs the error. If it is too late for an answer, or if that
 * fails, too, the exchange ends, so that the client does not wait.
 */
export function answerFailure(exchange: Exchange, error: unknown, { log, rpc }: FailureContext): void {
  if (rpc === undefined) log.error({ err: error }, 'a request failed')
  else log.error({ err: error, rpc }, 'an RPC failed')
  exchange.observation?.fail({ code: 'internal', reason: INTERNAL })
  try {
    if (exchange.hasBegun) exchange.cutOff()
    else sendError(exchange, 500, 'internal error', { facts: { reason: INTERNAL } })
  } catch {
    exchange.cutOff()
  }
}
