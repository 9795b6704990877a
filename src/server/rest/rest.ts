import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import type { Principal } from '../../domain/principal.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { type BoundMethod, isReadOnly } from '../call/method.ts'
import type { CallPipeline, IncomingCall } from '../call/pipeline.ts'
import { toRegistryError } from '../call/wire-errors.ts'
import { type NodeRequest, type NodeResponse, type PathHandler, refuseMethod } from '../http/node-http.ts'
import { authorityOf } from '../http/origin-rule.ts'
import { drain, hasBody, readBody } from '../http/request-body.ts'
import type { Limits } from '../limits.ts'
import { parseIfMatch } from './if-match.ts'
import { sendFailure, sendServed } from './rest-answer.ts'
import { RestContext } from './rest-context.ts'
import { decodeRestRequest } from './rest-request.ts'
import { type RestRoute, restResources, type Segment } from './routes.ts'

export interface RestOptions {
  /** The methods of `ServiceRegistry`. */
  readonly methods: readonly BoundMethod[]
  readonly pipeline: CallPipeline
  readonly limits: Limits
  readonly log: Logger
}

const NO_BODY = new Uint8Array()

/** Serves the RPCs over the REST routes that their `google.api.http` annotations describe. */
export function createRestHandler(options: RestOptions): PathHandler {
  const bound = new Map(options.methods.map((method) => [method.method.name, method]))
  const resources = restResources(ServiceRegistry)
  return (request, response, path, query) => {
    const given = path.split('/').slice(1)
    const texts = resources.some(({ segments }) => fits(segments, given)) ? given : withoutDoubleSlash(given)
    const resource = resources.find(({ segments }) => fits(segments, texts))
    if (resource === undefined) return false
    const route = resource.routes.get(request.method === 'HEAD' ? 'GET' : (request.method ?? ''))
    const method = route && bound.get(route.method.name)
    if (route === undefined || method === undefined) refuseMethod(response, resource.allow)
    else void answer(options, { route, method, request, response, texts, query })
    return true
  }
}

interface RestCall {
  readonly route: RestRoute
  readonly method: BoundMethod
  readonly request: NodeRequest
  readonly response: NodeResponse
  /** The segments of the path, still percent-encoded. */
  readonly texts: readonly string[]
  readonly query: string
}

async function answer(options: RestOptions, call: RestCall): Promise<void> {
  const { route, method, request, response } = call
  try {
    const sent = sendServed(call, route, await options.pipeline.call(method, toIncoming(options, call)))
    if (sent instanceof Promise) await sent
  } catch (cause) {
    sendFailure(response, route, toRegistryError(cause), request.headers['if-match'] !== undefined)
    drain(request, options.limits)
  }
}

function toIncoming({ limits, log }: RestOptions, call: RestCall): IncomingCall {
  const { route, method, request, texts: segments, query } = call
  return {
    name: route.method.name,
    isReadOnly: isReadOnly(method),
    origin: { headers: request.headers, authority: authorityOf(request) },
    toContext: (principal: Principal) => new RestContext(call, principal, log),
    read: () => {
      const ifMatch = parseIfMatch(request.headers['if-match'])
      if (!hasBody(request)) return decodeRestRequest(route, { segments, query, body: NO_BODY, ifMatch })
      return readBody(call, limits).then((body) => decodeRestRequest(route, { segments, query, body, ifMatch }))
    },
  }
}

function fits(segments: readonly Segment[], texts: readonly string[]): boolean {
  return (
    segments.length === texts.length &&
    segments.every((segment, index) => !('literal' in segment) || segment.literal === texts[index])
  )
}

// Clients append a slash and a service to an endpoint that may already end with a slash.
function withoutDoubleSlash(texts: readonly string[]): readonly string[] {
  return texts[1] === '' ? texts.toSpliced(1, 1) : texts
}
