import { Durations } from './durations.ts'
import { type Description, Family, type Labels } from './family.ts'

/** A number that only grows. */
export interface Count {
  value: number
}

/** The protocol of an RPC, by OpenTelemetry's conventions. gRPC-Web is gRPC. */
export type RpcSystem = 'grpc' | 'connectrpc'

/**
 * The numbers that a server counts. No label has a value that a request chooses: their values are templates of paths, and
 * names that the code knows.
 */
export class ServerMetrics {
  readonly requests = durations(
    {
      name: 'http_server_request_duration_seconds',
      help: 'Time from the arrival of the headers of a request until its answer begins.',
    },
    (http_request_method, http_route, http_response_status_code) => ({
      ...{ http_request_method, http_route, http_response_status_code },
    }),
  )
  readonly calls = durations(
    {
      name: 'rpc_server_call_duration_seconds',
      help: 'Time from the arrival of the headers of an RPC until its answer begins.',
    },
    (rpc_system_name, rpc_method, rpc_status_code) => ({
      ...{ rpc_system_name, rpc_method, rpc_status_code },
      ...(isFailure(rpc_status_code) && { error_type: rpc_status_code }),
    }),
  )
  readonly lookups = counts(
    { name: 'waypost_lookups_total', help: 'Lookups of a revision, by the rule that chose it and their outcome.' },
    (rule, outcome) => ({ rule, outcome }),
  )
  readonly changes = counts(
    { name: 'waypost_changes_total', help: 'Changes that this server has stored, by their kind.' },
    (event) => ({ event }),
  )
  readonly store = durations(
    { name: 'waypost_store_duration_seconds', help: 'Time of one operation of the store.' },
    (operation, store) => ({ operation, store }),
  )
  readonly policy = durations(
    { name: 'waypost_policy_duration_seconds', help: 'Time of one decision of the default policy.' },
    () => ({}),
  )

  readonly #lastOfRoute = new Map<string, Counted>()

  /** Counts a request that has been answered, and the RPC that it called. */
  count(answer: CountedAnswer, seconds: number): void {
    const counted = this.#seriesOf(answer)
    counted.request.observe(seconds)
    counted.call?.observe(seconds)
  }

  // Most requests of a route have the same outcome as the one before, so they need one look at a map instead of six.
  #seriesOf(answer: CountedAnswer): Counted {
    const last = this.#lastOfRoute.get(answer.route)
    if (last !== undefined && isSame(last.answer, answer)) return last
    const { httpMethod, route, status, system, rpcMethod, wireCode } = answer
    const request = this.requests.at(toKnownMethod(httpMethod), route, `${status}`)
    const call = system && rpcMethod !== undefined ? this.calls.at(system, rpcMethod, wireCode) : undefined
    const counted = {
      answer: { httpMethod, route, status, system, rpcMethod, code: answer.code, wireCode },
      request,
      call,
    }
    this.#lastOfRoute.set(route, counted)
    return counted
  }
}

/** The facts about an answer that the metrics of requests and RPCs depend on. */
export interface CountedAnswer {
  readonly httpMethod: string
  /** The template of the path; empty: a path that the server does not know. */
  readonly route: string
  readonly status: number
  /** The protocol of the RPC. Undefined: the request called none. */
  readonly system: RpcSystem | undefined
  readonly rpcMethod: string | undefined
  /** The code of the RPC, as Connect spells it. */
  readonly code: string
  /** The code of the RPC, as its protocol spells it. */
  readonly wireCode: string
}

/** An answer, and the series in which it counts. */
interface Counted {
  readonly answer: CountedAnswer
  readonly request: Durations
  readonly call: Durations | undefined
}

function isSame(a: CountedAnswer, b: CountedAnswer): boolean {
  if (a.status !== b.status || a.httpMethod !== b.httpMethod || a.code !== b.code) return false
  return a.system === b.system && a.rpcMethod === b.rpcMethod
}

/** The method, if HTTP has it, or `_OTHER`. Over HTTP/2, a client may send a text of any length. */
export function toKnownMethod(method: string): string {
  return knownMethods.has(method) ? method : '_OTHER'
}

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** The codes of errors that are the fault of the server, by OpenTelemetry's conventions. */
const failures = new Set(['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'])

/** Whether a code of gRPC or Connect tells that the server failed. */
export function isFailure(code: string): boolean {
  return failures.has(code.toUpperCase())
}

function durations(description: Description, toLabels: (a: string, b: string, c: string) => Labels) {
  return new Family(description, () => new Durations(), toLabels)
}

function counts(description: Description, toLabels: (a: string, b: string, c: string) => Labels) {
  return new Family<Count>(description, () => ({ value: 0 }), toLabels)
}
