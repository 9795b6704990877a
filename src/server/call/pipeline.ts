import type { Message, MessageInitShape } from '@bufbuild/protobuf'
import { anonymous, type Principal } from '../../domain/principal.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { OriginRule, RequestOrigin } from '../http/origin-rule.ts'
import type { CallContext } from './context.ts'
import type { BoundMethod, Permission, Resource } from './method.ts'
import { type CallError, isServerFault, toCallError } from './wire-errors.ts'

/** Throws `PERMISSION_DENIED` unless a principal has a permission on a resource. */
export type Authorize = (principal: Principal, permission: Permission, resource: Resource) => void

/** The parts of a pipeline. */
export interface PipelineParts {
  readonly log: Logger
  /** Refuses changes that web pages of foreign origins ask for; undefined: an app around this server decides that. */
  readonly originRule: OriginRule | undefined
  readonly authorize: Authorize
}

/** The facts about a call that are known before its body is read. */
export interface CallHead {
  /** The name of the method, for the log. */
  readonly name: string
  /** Whether the method changes nothing. */
  readonly isReadOnly: boolean
  readonly origin: RequestOrigin
}

/** One call, as the codec of its protocol hands it to the pipeline. */
export interface IncomingCall extends CallHead {
  /** Reads the body, and decodes the message in it. */
  read(): Message | Promise<Message>
  /** Makes the context of the call once its principal is known. */
  toContext(principal: Principal): CallContext
}

/** The message of a response, before it is one, and its HTTP status over REST. */
export interface Served {
  readonly response: MessageInitShape<BoundMethod['method']['output']>
  readonly httpStatus: number
}

const OK = 200

/**
 * The one way from every protocol to the use cases: observe (it encloses the rest, so that refusals count) → origin rule →
 * authenticate → decode → authorize → run → translate the error.
 */
export class CallPipeline {
  readonly #parts: PipelineParts

  constructor(parts: PipelineParts) {
    this.#parts = parts
  }

  /** Serves a call. Rejects with a `CallError`. */
  call(method: BoundMethod, incoming: IncomingCall): Promise<Served> {
    return this.#observed(incoming.name, async () => {
      const context = incoming.toContext(this.#principalOf(incoming))
      return this.#serve(method, await incoming.read(), context)
    })
  }

  /**
   * The steps before the body is read, for a codec whose library reads it: `serve` has the others. Rejects with a
   * `CallError`.
   */
  admit(head: CallHead): Promise<Principal> {
    return this.#observed(head.name, async () => this.#principalOf(head))
  }

  /** The steps after the body was read. Rejects with a `CallError`. */
  serve(method: BoundMethod, request: Message, context: CallContext): Promise<Served> {
    return this.#observed(method.method.name, () => this.#serve(method, request, context))
  }

  /** Translates the error of a stream, and logs it if it is the server's fault. */
  translate(name: string, cause: unknown): CallError {
    const error = toCallError(cause)
    if (isServerFault(error)) this.#parts.log.error({ err: error, rpc: name }, 'a call failed')
    return error
  }

  async #observed<T>(name: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (cause) {
      throw this.translate(name, cause)
    }
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
    const answer = await method.run(undefined, command, context)
    return {
      response: method.encode(answer, request),
      httpStatus: method.success?.statusOf(answer, request) ?? OK,
    }
  }
}
