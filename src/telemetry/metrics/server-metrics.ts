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
      help: 'Time from the arrival of the headers of a request to the begin of its answer.',
    },
    (http_request_method, http_route, http_response_status_code) => ({
      ...{ http_request_method, http_route, http_response_status_code },
    }),
  )
  readonly calls = durations(
    {
      name: 'rpc_server_call_duration_seconds',
      help: 'Time from the arrival of the headers of an RPC to the begin of its answer.',
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

  /** Counts a request that has been answered. `route` is the template of its path. */
  countRequest(httpMethod: string, route: string, status: number, seconds: number): void {
    this.requests.at(knownMethods.has(httpMethod) ? httpMethod : '_OTHER', route, statusText(status)).observe(seconds)
  }

  /** Counts an RPC that has been answered. */
  countCall(system: RpcSystem, method: string, code: string, seconds: number): void {
    this.calls.at(system, method, code).observe(seconds)
  }
}

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

// Numbers become texts once, because that takes longer than the rest.
const statusTexts = new Map<number, string>()

function statusText(status: number): string {
  const known = statusTexts.get(status)
  if (known !== undefined) return known
  statusTexts.set(status, `${status}`)
  return `${status}`
}

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
