import type { Span } from '@opentelemetry/api'
import type { RpcSystem } from '../metrics/server-metrics.ts'

/** The facts about a request when it arrives. */
export interface RequestFacts {
  /** The HTTP method, in capitals. */
  readonly method: string
  /** The path and the query, as they were sent. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The host and port that the request was sent to. Undefined: the request does not name them. */
  readonly authority: string | undefined
}

/** The facts about a request when it has been answered. */
export interface AnsweredRequest {
  readonly request: RequestFacts
  /** The span of the request. Undefined: the process has no SDK of OpenTelemetry. */
  readonly span: Span | undefined
  /** The template of the path, such as `/services/{namespace}/{name}`; empty: no path that the server knows. */
  readonly route: string
  /** The protocol, if the request is an RPC. */
  readonly system: RpcSystem | undefined
  /** The full name of the method, such as `waypost.v1.ServiceRegistry/Get`. Undefined: no method was called. */
  readonly rpcMethod: string | undefined
  /** The code of the RPC, as its protocol spells it. */
  readonly wireCode: string
  /** The name of the caller. Undefined: nobody asked for it. */
  readonly principal: string | undefined
}
