import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import type { Principal } from '../../domain/principal.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { type BoundMethod, isReadOnly } from '../call/method.ts'
import type { CallPipeline, IncomingCall } from '../call/pipeline.ts'
import { toRegistryError } from '../call/wire-errors.ts'
import { drain } from '../http/body/drain.ts'
import { readPlainBody } from '../http/body/read-body.ts'
import type { Exchange, PathHandler } from '../http/exchange.ts'
import { refuseMethod } from '../http/send.ts'
import type { Limits } from '../limits.ts'
import { parseIfMatch } from './if-match.ts'
import { encodeAnswer, type RestPayload, sendFailure, sendServed } from './rest-answer.ts'
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
  return (exchange, path, query) => {
    const given = path.split('/').slice(1)
    const texts = resources.some(({ segments }) => fits(segments, given)) ? given : withoutDoubleSlash(given)
    const resource = resources.find(({ segments }) => fits(segments, texts))
    if (resource === undefined) return false
    const route = resource.routes.get(exchange.method === 'HEAD' ? 'GET' : exchange.method)
    const method = route && bound.get(route.method.name)
    if (route === undefined || method === undefined) refuseMethod(exchange, resource.allow)
    else void answer(options, { route, method, exchange, texts, query })
    return true
  }
}

interface RestCall {
  readonly route: RestRoute
  readonly method: BoundMethod
  readonly exchange: Exchange
  /** The segments of the path, still percent-encoded. */
  readonly texts: readonly string[]
  readonly query: string
}

async function answer(options: RestOptions, call: RestCall): Promise<void> {
  const { route, method, exchange } = call
  try {
    sendServed(exchange, await options.pipeline.call(method, toIncoming(options, call)))
  } catch (cause) {
    sendFailure(exchange, route, toRegistryError(cause))
    drain(exchange, options.limits)
  }
}

function toIncoming({ limits, log }: RestOptions, call: RestCall): IncomingCall<RestPayload> {
  const { route, method, exchange, texts: segments, query } = call
  return {
    name: route.method.name,
    isReadOnly: isReadOnly(method),
    origin: exchange,
    toContext: (principal: Principal) => new RestContext(exchange, principal, log),
    encoding: route.encoding,
    encode: (response) => encodeAnswer(route, response),
    read: () => {
      const ifMatch = parseIfMatch(exchange.headers['if-match'])
      if (exchange.isBodyless) return decodeRestRequest(route, { segments, query, body: NO_BODY, ifMatch })
      return readPlainBody(exchange, limits).then((body) =>
        decodeRestRequest(route, { segments, query, body, ifMatch }),
      )
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
