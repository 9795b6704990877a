import type { Message } from '@bufbuild/protobuf'
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Observation } from '../../telemetry/requests/observation.ts'
import type { Admitted } from '../call/context.ts'
import { type BoundMethod, isReadOnly } from '../call/method.ts'
import type { CallPipeline, IncomingCall, ResponseFields } from '../call/pipeline.ts'
import { toRegistryError } from '../call/wire-errors.ts'
import { answerFailure } from '../http/answer-failure.ts'
import { drain } from '../http/body/drain.ts'
import { readPlainBody } from '../http/body/read-body.ts'
import { type Exchange, nameRoute, type PathHandler } from '../http/exchange.ts'
import { refuseMethod } from '../http/send.ts'
import type { Limits } from '../limits.ts'
import { parseIfMatch } from './if-match.ts'
import { encodeAnswer, type RestPayload, sendFailure, sendServed } from './rest-answer.ts'
import { RestContext } from './rest-context.ts'
import { decodeRestRequest } from './rest-request.ts'
import { type RestRoute, restResources, type Segment } from './routes.ts'
import { TARGETING_KEY_HEADER } from './targeting-key-header.ts'

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
  const byLength = Map.groupBy(restResources(ServiceRegistry), ({ segments }) => segments.length)
  const find = (texts: readonly string[]) =>
    byLength.get(texts.length)?.find(({ segments }) => segments.every((segment, at) => fits(segment, texts[at])))
  return (exchange, path, query) => {
    let texts: readonly string[] = path.split('/').slice(1)
    let resource = find(texts)
    // Clients append a slash and a service to an endpoint that may already end with a slash.
    if (resource === undefined && texts[1] === '') {
      texts = texts.toSpliced(1, 1)
      resource = find(texts)
    }
    if (resource === undefined) return false
    nameRoute(exchange, resource.template)
    const route = resource.routes.get(exchange.method === 'HEAD' ? 'GET' : exchange.method)
    const method = route && bound.get(route.method.name)
    if (route === undefined || method === undefined) {
      refuseMethod(exchange, resource.allow)
      drain(exchange, options.limits)
    } else serve(options, new RestCall(options, { route, exchange, texts, query, method }))
    return true
  }
}

function serve(options: RestOptions, call: RestCall): void {
  const { log } = options
  answer(options, call).catch((error) => answerFailure(call.parts.exchange, error, { log, rpc: call.name }))
}

async function answer({ pipeline, limits }: RestOptions, call: RestCall): Promise<void> {
  const { exchange, route, method } = call.parts
  try {
    sendServed(exchange, await pipeline.call(method, call))
  } catch (cause) {
    sendFailure(exchange, route, toRegistryError(cause))
    drain(exchange, limits)
  }
}

/** The parts of a request that matches a route. */
interface RestCallParts {
  readonly route: RestRoute
  readonly method: BoundMethod
  readonly exchange: Exchange
  /** The segments of the path, still percent-encoded. */
  readonly texts: readonly string[]
  readonly query: string
}

class RestCall implements IncomingCall<RestPayload> {
  readonly parts: RestCallParts
  readonly #options: RestOptions

  constructor(options: RestOptions, parts: RestCallParts) {
    this.parts = parts
    this.#options = options
  }

  get name(): string {
    return this.parts.route.method.name
  }

  get isReadOnly(): boolean {
    return isReadOnly(this.parts.method)
  }

  get source(): Exchange {
    return this.parts.exchange
  }

  get observation(): Observation | undefined {
    return this.parts.exchange.observation
  }

  get encoding(): string {
    return this.parts.route.encoding
  }

  toContext(caller: Admitted): RestContext {
    return new RestContext(this.parts.exchange, caller, this.#options.log)
  }

  read(): Message | Promise<Message> {
    const { exchange } = this.parts
    const ifMatch = parseIfMatch(exchange.headers['if-match'])
    if (exchange.isBodyless) return this.#decode(NO_BODY, ifMatch)
    return readPlainBody(exchange, this.#options.limits).then((body) => this.#decode(body, ifMatch))
  }

  encode(response: ResponseFields): RestPayload | Promise<RestPayload> {
    return encodeAnswer(this.parts.route, response)
  }

  #decode(body: Uint8Array, ifMatch: string | undefined): Message {
    const { exchange, route, texts, query } = this.parts
    const targetingKey = textOf(exchange.headers[TARGETING_KEY_HEADER])
    return decodeRestRequest(route, { segments: texts, query, body, ifMatch, targetingKey })
  }
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.join(', ')
}

function fits(segment: Segment, text: string | undefined): boolean {
  return !('literal' in segment) || segment.literal === text
}
