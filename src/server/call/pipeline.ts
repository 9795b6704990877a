import type { Message, MessageInitShape } from '@bufbuild/protobuf'
import { anonymous, type Principal } from '../../domain/principal.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { OriginRule, RequestOrigin } from '../http/origin-rule.ts'
import type { CallContext } from './context.ts'
import type { BoundMethod, Permission, Resource } from './method.ts'
import type { PageTurns } from './page-turns.ts'
import { type CallError, isServerFault, toCallError } from './wire-errors.ts'

/** Throws `PERMISSION_DENIED` unless a principal has a permission on a resource. */
export type Authorize = (principal: Principal, permission: Permission, resource: Resource) => void

/** The parts of a pipeline. */
export interface PipelineParts {
  readonly log: Logger
  /** Refuses changes by web pages of foreign origins; undefined: the app around this server checks the origin. */
  readonly originRule: OriginRule | undefined
  readonly authorize: Authorize
  /** The turns of the calls whose answers are pages of lists. */
  readonly pages: PageTurns
}

/** The facts about a call that are known before its body is read. */
export interface CallHead {
  /** The name of the method, for the log. */
  readonly name: string
  /** Whether the method changes nothing. */
  readonly isReadOnly: boolean
  readonly origin: RequestOrigin
}

/** One call, as the codec of its protocol passes it to the pipeline. */
export interface IncomingCall extends CallHead {
  /** Reads the body, and decodes the message in it. */
  read(): Message | Promise<Message>
  /** Makes the context of the call once its principal is known. */
  toContext(principal: Principal): CallContext
}

/** The fields of a response, and its HTTP status over REST. */
export interface Served {
  readonly response: MessageInitShape<BoundMethod['method']['output']>
  readonly httpStatus: number
}

const OK = 200

/**
 * The only way from every protocol to the use cases: origin rule → authenticate → decode → authorize → run. It
 * translates every error of these steps.
 */
export class CallPipeline {
  readonly #parts: PipelineParts

  constructor(parts: PipelineParts) {
    this.#parts = parts
  }

  /** Serves a call. Rejects with a `CallError`. */
  async call(method: BoundMethod, incoming: IncomingCall): Promise<Served> {
    try {
      const principal = this.#principalOf(incoming)
      const request = incoming.read()
      // An await costs time, and most calls have no body.
      const message = request instanceof Promise ? await request : request
      return await this.#serve(method, message, incoming.toContext(principal))
    } catch (cause) {
      throw this.translate(incoming.name, cause)
    }
  }

  /**
   * Takes the steps before the body is read, for a codec whose library reads it. `serve` takes the other steps. Rejects
   * with a `CallError`.
   */
  async admit(head: CallHead): Promise<Principal> {
    try {
      return this.#principalOf(head)
    } catch (cause) {
      throw this.translate(head.name, cause)
    }
  }

  /** Takes the steps after the body was read. Rejects with a `CallError`. */
  async serve(method: BoundMethod, request: Message, context: CallContext): Promise<Served> {
    try {
      return await this.#serve(method, request, context)
    } catch (cause) {
      throw this.translate(method.method.name, cause)
    }
  }

  /** Translates an error. Logs it if it is the server's fault. */
  translate(name: string, cause: unknown): CallError {
    const error = toCallError(cause)
    if (isServerFault(error)) this.#parts.log.error({ err: error, rpc: name }, 'a call failed')
    return error
  }

  // Nobody is authenticated yet.
  #principalOf({ isReadOnly, origin }: CallHead): Principal {
    if (!isReadOnly) this.#parts.originRule?.(origin)
    return anonymous
  }

  async #serve(method: BoundMethod, request: Message, context: CallContext): Promise<Served> {
    const command = method.decode(request)
    if (method.permission !== null) {
      this.#parts.authorize(context.principal, method.permission, method.resource(command))
    }
    if (method.hasPages && context.exchange) await this.#parts.pages.take(context.exchange)
    const answer = await method.run(undefined, command, context)
    const encoded = method.encode(answer, request)
    return {
      response: encoded instanceof Promise ? await encoded : encoded,
      httpStatus: method.success?.statusOf(answer, request) ?? OK,
    }
  }
}
