import type { Span } from '@opentelemetry/api'
import type { Logger } from '../logger.ts'
import type { CountedAnswer, RpcSystem, ServerMetrics } from '../metrics/server-metrics.ts'
import { writeAccessLine } from './access-log.ts'
import type { AnsweredRequest, RequestFacts } from './facts.ts'
import { endSpan } from './spans.ts'

/** The places that learn of each request. */
export interface Sinks {
  /** Undefined: nobody asks for metrics. */
  readonly metrics: ServerMetrics | undefined
  /** The log with a line for each request. Undefined: requests are not logged. */
  readonly accessLog: Logger | undefined
  /** How clients reach the server, for traces. */
  readonly scheme: 'http' | 'https'
}

/** The body of an answer. Undefined: the answer has no body, or its body is a stream. */
type Body = string | Uint8Array | undefined

/**
 * One request, from its arrival to its answer. The parts of the server that serve it add facts. Each of them works
 * without an observation, too.
 */
export class Observation implements AnsweredRequest, CountedAnswer {
  readonly request: RequestFacts
  route = ''
  system: RpcSystem | undefined
  rpcMethod: string | undefined
  /** The code of the answer to a call, such as `not_found`. */
  code = 'ok'
  /** The reason of an error, such as `SERVICE_NOT_FOUND`. */
  reason: string | undefined
  principal: string | undefined
  /** The HTTP status of the answer; 0: the answer has not begun. */
  status = 0
  readonly #sinks: Sinks
  readonly #begin = performance.now()
  readonly #makeSpan: (() => Span) | undefined
  #span: Span | undefined
  #isOver = false

  constructor(sinks: Sinks, request: RequestFacts, makeSpan: (() => Span) | undefined) {
    this.#sinks = sinks
    this.request = request
    this.#makeSpan = makeSpan
  }

  /** The span of the request, which is made on first use. Undefined: the process has no SDK of OpenTelemetry. */
  get span(): Span | undefined {
    this.#span ??= this.#makeSpan?.()
    return this.#span
  }

  /** The call has failed. Codes are spelled as Connect does, such as `not_found`. */
  fail({ code, reason }: { readonly code: string; readonly reason: string }): void {
    this.code = code
    this.reason = reason
  }

  /** Counts a lookup of a revision. `rule` names how it was chosen, and `outcome` whether it was found. */
  countLookup(rule: string, outcome: string): void {
    const { metrics } = this.#sinks
    if (metrics !== undefined) metrics.lookups.at(rule, outcome).value++
  }

  /** Ends the observation, when the answer begins. Later calls change nothing. */
  end(status: number, body: Body): void {
    if (this.#isOver) return
    this.#isOver = true
    const seconds = (performance.now() - this.#begin) / 1000
    const { metrics, accessLog } = this.#sinks
    this.status = status
    if (metrics !== undefined) metrics.count(this, seconds)
    if (accessLog !== undefined) writeAccessLine(accessLog, this, { status, seconds, body })
    if (this.span !== undefined) endSpan(this.span, this, status)
  }

  /** The code as the protocol of the RPC spells it. */
  get wireCode(): string {
    if (this.system === 'connectrpc') return this.code
    return grpcCodes.get(this.code) ?? this.code
  }

  get httpMethod(): string {
    return this.request.method
  }
}

const codes = [
  ...['ok', 'unknown', 'invalid_argument', 'deadline_exceeded', 'not_found', 'already_exists', 'permission_denied'],
  ...['resource_exhausted', 'failed_precondition', 'aborted', 'out_of_range', 'unimplemented', 'internal'],
  ...['unavailable', 'data_loss', 'unauthenticated'],
]

// Only one code has another spelling in gRPC than in Connect.
const grpcCodes = new Map([...codes.map((code) => [code, code.toUpperCase()] as const), ['canceled', 'CANCELLED']])
