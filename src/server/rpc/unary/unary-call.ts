import type { Message } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { type CallerAccess, openCallerAccess } from '../../../domain/access/access-control.ts'
import { anonymous, type Principal } from '../../../domain/access/principal.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import type { Observation } from '../../../telemetry/requests/observation.ts'
import type { Admitted, CallContext, CallMetadata } from '../../call/context.ts'
import { abortOnceGone, toMetadata } from '../../call/exchange-facts.ts'
import { keptRefusal } from '../../call/kept-refusals.ts'
import { isReadOnly } from '../../call/method.ts'
import type { IncomingCall, ResponseFields } from '../../call/pipeline.ts'
import { toRegistryError, toWireError } from '../../call/wire-errors.ts'
import type { Answer, Exchange } from '../../http/exchange.ts'
import { requireKnownCompression, wantsGzip } from '../compression.ts'
import { readDeadline } from '../deadline.ts'
import { encodeMessage, type Payload } from '../message.ts'
import type { Expiring } from './deadlines.ts'
import type { Reply, Wire } from './protocol.ts'
import { readMessage, readQueryMessage, type Unread } from './read-message.ts'
import type { UnaryParts, UnaryRequest } from './unary-request.ts'

/**
 * A unary call, in all roles that it has for the pipeline, the use case and its protocol. They are one object, because
 * an object for each of them costs a noticeable part of a call.
 */
export class UnaryCall implements IncomingCall<Payload>, CallContext, Reply, Unread, Expiring {
  readonly request: UnaryRequest
  readonly parts: UnaryParts
  readonly exchange: Exchange
  readonly source: Exchange
  readonly wire: Wire
  readonly log: Logger
  expiresAt = Number.POSITIVE_INFINITY
  principal: Principal = anonymous
  access: CallerAccess = openCallerAccess
  ownMetadata: CallMetadata | undefined
  #controller: AbortController | undefined
  /** The reason why the call must not run. */
  #refusal: unknown

  constructor(request: UnaryRequest, parts: UnaryParts) {
    const { exchange, wire } = request
    this.request = request
    this.parts = parts
    this.exchange = exchange
    this.source = exchange
    this.wire = wire
    this.log = parts.log
    const deadline = exchange.headers[wire.protocol.deadline]
    if (deadline !== undefined) this.#setDeadline(String(deadline))
  }

  get name(): string {
    return this.request.method.method.name
  }

  get isReadOnly(): boolean {
    return isReadOnly(this.request.method)
  }

  get observation(): Observation | undefined {
    return this.exchange.observation
  }

  get encoding(): string {
    return this.wire.isJson ? 'json' : 'proto'
  }

  get isGzip(): boolean {
    return wantsGzip(this.#header(this.wire.protocol.compression.accepts), this.compression)
  }

  get trace(): string | undefined {
    return this.#header('traceparent')
  }

  get deadline(): number | undefined {
    return this.#hasDeadline ? Date.now() + this.expiresAt - performance.now() : undefined
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = abortOnceGone(this.exchange)
      // The deadline may have passed before the use case asks for the signal.
      if (this.#refusal !== undefined) this.#controller.abort(this.#refusal)
    }
    return this.#controller.signal
  }

  get metadata(): CallMetadata {
    this.ownMetadata ??= toMetadata(this.exchange)
    return this.ownMetadata
  }

  read(): Message | Promise<Message> {
    const { wire, query } = this.request
    requireKnownCompression(this.compression, wire.protocol.compression)
    if (this.#refusal !== undefined) throw this.#refusal
    return query === undefined ? readMessage(this) : readQueryMessage(query, this)
  }

  toContext({ principal, access }: Admitted): CallContext {
    // The deadline may have passed while the body arrived.
    if (this.#refusal !== undefined) throw this.#refusal
    this.principal = principal
    this.access = access
    return this
  }

  encode(response: ResponseFields): Payload {
    return encodeMessage(this.request.method.method.output, response, this.wire.isJson ? this.parts.json : undefined)
  }

  /** Answers at the deadline, even if the use case goes on. It is not given up if it has begun to append an entry. */
  expire(): void {
    this.#refusal = deadlinePassed()
    this.#controller?.abort(this.#refusal)
    const sending = Promise.resolve(this.toFailure(this.#refusal)).then((answer) => this.exchange.send(answer))
    // The end of the use case makes another try to answer.
    sending.catch(() => {})
  }

  /** The use case has ended. */
  end(): void {
    if (this.#hasDeadline) this.parts.deadlines.delete(this)
  }

  toFailure(cause: unknown): Answer | Promise<Answer> {
    const { protocol } = this.wire
    // The pipeline does not know of a deadline that has passed.
    this.observation?.fail(toRegistryError(cause))
    const encode = () => protocol.fail(toWireError(cause, protocol.name), this)
    // A method that has run may have set metadata.
    return this.ownMetadata === undefined ? keptRefusal(cause, this.wire, encode) : encode()
  }

  get compression(): string | undefined {
    const { query, wire } = this.request
    return query === undefined ? this.#header(wire.protocol.compression.encoding) : query.compression
  }

  get #hasDeadline(): boolean {
    return this.expiresAt !== Number.POSITIVE_INFINITY
  }

  #header(name: string): string | undefined {
    return this.exchange.headers[name] as string | undefined
  }

  #setDeadline(text: string): void {
    const { deadlines, limits } = this.parts
    try {
      const ms = Math.min(readDeadline(this.wire.protocol.deadline, text), limits.deadlineMs)
      this.expiresAt = performance.now() + ms
      if (ms > 0) deadlines.add(this)
      else this.expire()
    } catch (error) {
      this.#refusal = error
    }
  }
}

function deadlinePassed(): ConnectError {
  const message = 'the deadline of the call has passed; send it again with a later deadline.'
  return new ConnectError(message, Code.DeadlineExceeded)
}
