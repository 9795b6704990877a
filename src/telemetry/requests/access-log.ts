import type { Logger } from '../logger.ts'
import { toKnownMethod } from '../metrics/server-metrics.ts'
import type { AnsweredRequest } from './facts.ts'
import { traceIdOf } from './trace-parent.ts'

/** The facts about an answer. */
export interface AnswerFacts {
  readonly status: number
  /** The time from the arrival of the headers until the answer begins, in seconds. */
  readonly seconds: number
  readonly body: string | Uint8Array | undefined
}

/**
 * Writes the line of a request into the log. It names neither the path nor the query, because both can tell what somebody
 * looks for, and no header.
 */
export function writeAccessLine(
  log: Logger,
  observation: AnsweredRequest,
  { status, seconds, body }: AnswerFacts,
): void {
  const { request, route, system, rpcMethod, principal, span } = observation
  const traceId = span?.spanContext().traceId ?? traceIdOf(request.headers.traceparent)
  const call = rpcMethod !== undefined && {
    rpc: rpcMethod,
    ...(system !== undefined && { code: observation.wireCode }),
  }
  const sent = request.method === 'HEAD' ? undefined : body
  log.info(
    { method: toKnownMethod(request.method), route, ...call, ...answerOf(status, seconds, sent), principal, traceId },
    'answered a request',
  )
}

function answerOf(status: number, seconds: number, body: AnswerFacts['body']) {
  return { status, ms: Math.round(seconds * 1e6) / 1e3, bytes: body === undefined ? 0 : Buffer.byteLength(body) }
}
