import type { Message, MessageInitShape } from '@bufbuild/protobuf'
import {
  type AccessControl,
  type CallerAccess,
  openAccess,
  openCallerAccess,
} from '../../domain/access/access-control.ts'
import type { Credentials, Identity } from '../../domain/access/identity.ts'
import type { Permission, Resource } from '../../domain/access/permission.ts'
import type { Principal } from '../../domain/access/principal.ts'
import { RegistryError } from '../../domain/errors.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { isFailure } from '../../telemetry/metrics/server-metrics.ts'
import type { Observation } from '../../telemetry/requests/observation.ts'
import { within } from '../../telemetry/requests/spans.ts'
import type { OriginRule, RequestOrigin } from '../http/origin-rule.ts'
import type { Admitted, CallContext } from './context.ts'
import type { BoundMethod } from './method.ts'
import type { PageTurns } from './page-turns.ts'
import type { RateLimiter } from './rate-limit.ts'
import { RefusalLog } from './refusal-log.ts'
import { type CallError, isServerFault, toCallError, toRegistryError } from './wire-errors.ts'

/** The parts of a pipeline. */
export interface PipelineParts {
  readonly log: Logger
  /** Refuses changes by web pages of foreign origins; undefined: the app around this server checks the origin. */
  readonly originRule: OriginRule | undefined
  /** Decides who a caller is, and what it may do. */
  readonly access: AccessControl
  /** Bounds how many calls a caller may make; undefined: there is no bound. */
  readonly rateLimiter?: RateLimiter | undefined
  /** The turns of the calls whose answers are pages of lists. */
  readonly pages: PageTurns
}

/** The facts about a call that are known before its body is read. */
export interface CallHead {
  /** The name of the method, for the log. */
  readonly name: string
  /** Whether the method changes nothing. */
  readonly isReadOnly: boolean
  readonly source: CallSource
  /** Learns what becomes of the call. Undefined: nobody wants to know. */
  readonly observation: Observation | undefined
}

/** The caller of a call, as far as its connection and its headers tell. */
export interface CallSource extends RequestOrigin, Credentials {
  /** The address of the client. */
  readonly address: string
  /** The HTTP method, in capitals. */
  readonly method: string
  /** Adds a header to the answer, whatever answer it will be. */
  setHeader(name: string, value: string): void
}

/** The fields of a response. */
export type ResponseFields = MessageInitShape<BoundMethod['method']['output']>

/**
 * One call, as the codec of its protocol passes it to the pipeline.
 *
 * @typeParam Payload A response in the encoding of the codec.
 */
export interface IncomingCall<Payload> extends CallHead {
  /** Reads the body, and decodes the message in it. */
  read(): Message | Promise<Message>
  /** Makes the context of the call once its caller may make it. */
  toContext(caller: Admitted): CallContext
  /** The name of the encoding. Codecs with the same name encode a response of a method in the same way. */
  readonly encoding: string
  /** Encodes the response. The payload may be the answer to later calls, too. */
  encode(response: ResponseFields): Payload | Promise<Payload>
}

/** An encoded response, and its HTTP status over REST. */
export interface Served<Payload> {
  readonly payload: Payload
  readonly httpStatus: number
}

const OK = 200

/**
 * The only way from every protocol to the use cases: origin rule → authenticate → rate limit → read → decode → authorize →
 * run → encode. It translates every error of these steps.
 */
export class CallPipeline {
  readonly #parts: PipelineParts
  readonly #refusals: RefusalLog

  constructor(parts: PipelineParts) {
    this.#parts = parts
    this.#refusals = new RefusalLog(parts.log)
  }

  /** Serves a call. Rejects with a `CallError`. */
  async call<Payload>(method: BoundMethod, incoming: IncomingCall<Payload>): Promise<Served<Payload>> {
    let request: Message | undefined
    let admitted: CallerAccess | undefined
    try {
      this.#checkOrigin(incoming)
      if (this.#parts.access !== openAccess) keepFromOthers(incoming.source)
      // An await costs time, and most calls need none of these.
      const known = method.isOpen ? openCallerAccess : this.#parts.access.authenticate(incoming.source)
      const access = known instanceof Promise ? await known : known
      const turn = method.isOpen ? undefined : this.#limitRate(method, access, incoming)
      if (turn !== undefined) await turn
      admitted = access
      const read = incoming.read()
      request = read instanceof Promise ? await read : read
      const answer = await this.#run(method, request, access, incoming)
      const payload = this.#encode(method, { answer, request }, incoming)
      return {
        payload: payload instanceof Promise ? await payload : payload,
        httpStatus: method.success?.statusOf(answer, request) ?? OK,
      }
    } catch (cause) {
      throw this.translate(incoming, this.#refusalOr(cause, method, admitted))
    } finally {
      if (incoming.observation !== undefined) countLookup(incoming.observation, method, request)
    }
  }

  /**
   * Takes the steps before the body is read, for the streaming methods, whose library reads it. All of them are open to
   * everybody. Rejects with a `CallError`.
   */
  async admit(head: CallHead): Promise<void> {
    try {
      this.#checkOrigin(head)
    } catch (cause) {
      throw this.translate(head, cause)
    }
  }

  /** Translates an error. Logs it if it is the server's fault. */
  translate({ name, observation }: Pick<CallHead, 'name' | 'observation'>, cause: unknown): CallError {
    const error = toCallError(cause)
    if (observation !== undefined) observation.fail(toRegistryError(error))
    if (isServerFault(error)) this.#parts.log.error({ err: error, rpc: name }, 'a call failed')
    return error
  }

  #checkOrigin({ isReadOnly, source }: CallHead): void {
    if (!isReadOnly) this.#parts.originRule?.(source)
  }

  #limitRate(
    { permission }: BoundMethod,
    { identity }: CallerAccess,
    { isReadOnly, source, observation }: CallHead,
  ): Promise<void> | undefined {
    if (observation !== undefined) observation.principal = identity.principal.name
    const { rateLimiter } = this.#parts
    if (rateLimiter === undefined) return undefined
    // A token to call a revision is not the same twice, but it changes nothing in the registry. Callers ask for one with
    // most lookups.
    const kind = isReadOnly || permission === 'call' ? 'read' : 'write'
    return rateLimiter.take(callerKey(identity, source), kind) ?? undefined
  }

  // No async function, because each costs a turn of the microtask queue.
  #run<Payload>(
    method: BoundMethod,
    request: Message,
    access: CallerAccess,
    incoming: IncomingCall<Payload>,
  ): Promise<unknown> {
    const command = method.decode(request)
    const context = incoming.toContext({ principal: this.#authorize(method, command, access), access })
    const { exchange } = context
    const span = exchange?.observation?.span
    const run = () => method.run(undefined, command, context)
    if (method.hasPages && exchange) return this.#parts.pages.take(exchange).then(span ? () => within(span, run) : run)
    return span === undefined ? run() : within(span, run)
  }

  // A request that cannot be read names no service. A caller who has the permission on no service learns only that.
  #refusalOr(cause: unknown, { permission }: BoundMethod, access: CallerAccess | undefined): unknown {
    if (access === undefined || permission === null || !isUnreadable(cause)) return cause
    try {
      this.#require(permission, null, access)
      return cause
    } catch (refusal) {
      return refusal
    }
  }

  #authorize(method: BoundMethod, command: unknown, access: CallerAccess): Principal {
    const { permission } = method
    if (permission === null) return access.identity.principal
    return this.#require(permission, method.resource(command), access)
  }

  #require(permission: Permission, resource: Resource, access: CallerAccess): Principal {
    try {
      return access.authorize(permission, resource)
    } catch (error) {
      this.#refusals.tell({ access, permission, resource })
      throw error
    }
  }

  #encode<Payload>(
    method: BoundMethod,
    { answer, request }: { readonly answer: unknown; readonly request: Message },
    incoming: IncomingCall<Payload>,
  ): Payload | Promise<Payload> {
    const kept = method.kept?.(answer, request)
    const known = kept?.get(incoming.encoding) as Payload | undefined
    if (known !== undefined) return known
    const response = method.encode(answer, request)
    if (response instanceof Promise) return response.then((fields) => incoming.encode(fields))
    const payload = incoming.encode(response)
    kept?.set(incoming.encoding, payload)
    return payload
  }
}

/** Counts a lookup by its rule. A request that was not valid, or that its caller canceled, looked nothing up. */
function countLookup(observation: Observation, { ruleOf }: BoundMethod, request: Message | undefined): void {
  if (ruleOf === undefined || request === undefined) return
  const { code, reason } = observation
  if (code === 'ok') observation.countLookup(ruleOf(request), 'found')
  else if (code === 'not_found' && reason !== undefined) observation.countLookup(ruleOf(request), reason.toLowerCase())
  else if (isFailure(code)) observation.countLookup(ruleOf(request), 'failed')
}

/** Whether an error tells that a request is not valid or too large. */
function isUnreadable(cause: unknown): boolean {
  return cause instanceof RegistryError && (cause.code === 'invalid_argument' || cause.code === 'resource_exhausted')
}

// A cache between the server and its callers would give the answer for one of them to the others. Caches keep answers to
// GET and HEAD only, and some of them look neither at credentials nor for a lifetime.
function keepFromOthers(source: CallSource): void {
  if (source.method === 'GET' || source.method === 'HEAD') source.setHeader('cache-control', 'private, no-cache')
}

// Anonymous callers differ only by their addresses.
function callerKey({ kind, principal }: Identity, { address }: CallSource): string {
  return kind === 'anonymous' ? `address ${address}` : JSON.stringify([principal.issuer, principal.subject])
}
