import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt'
import type { Permission, Resource } from '../../domain/access/permission.ts'
import type { CallContext } from './context.ts'

/** The HTTP statuses with which REST answers a success. */
export interface SuccessStatuses<Answer, Request> {
  /** All statuses. The one for a new resource comes first. */
  readonly all: readonly number[]
  statusOf(answer: Answer, request: Request): number
}

/**
 * One RPC of a service, from the message of its request to the message of its response.
 *
 * @typeParam Deps The dependencies of its use case.
 */
export interface CallMethod<
  Deps = unknown,
  I extends DescMessage = DescMessage,
  O extends DescMessage = DescMessage,
  Command = unknown,
  Answer = unknown,
> {
  readonly method: DescMethodUnary<I, O>
  /** The permission that a call needs; null: every caller may call the method, which changes nothing. */
  readonly permission: Permission | null
  /** Whether nobody asks who the caller is, not even for the rate limit. Default: false. */
  readonly isOpen?: boolean
  /** The resource that the permission is about. */
  resource(command: Command): Resource
  /** Parses the request. Throws a `RegistryError` for a request that is not valid. */
  decode(request: MessageShape<I>): Command
  /** Calls the use case. */
  run(deps: Deps, command: Command, context: CallContext): Promise<Answer>
  /** Makes the fields of the response. A promise: it takes several turns of the event loop. */
  encode(answer: Answer, request: MessageShape<I>): MessageInitShape<O> | Promise<MessageInitShape<O>>
  /**
   * The payloads of an answer that other calls get, too, by the names of their encodings. The pipeline looks here before
   * it encodes an answer. Undefined: the answer is encoded for each call.
   */
  kept?(answer: Answer, request: MessageShape<I>): Map<string, unknown> | undefined
  /** The rule by which a lookup chooses its revision, for the metrics. Only lookups have it. */
  ruleOf?(request: MessageShape<I>): string
  /** Whether the answer is a page of a list, which may be large. Default: false. */
  readonly hasPages?: boolean
  /** The HTTP statuses of a success over REST. Default: always 200. */
  readonly success?: SuccessStatuses<Answer, MessageShape<I>>
}

/** A method with the dependencies of its use case. */
export type BoundMethod = CallMethod<undefined>

/** Declares a method. Its types follow from its descriptor and its functions. */
export function defineMethod<Deps, I extends DescMessage, O extends DescMessage, Command, Answer>(
  method: CallMethod<Deps, I, O, Command, Answer>,
): CallMethod<Deps, I, O, Command, Answer> {
  return method
}

/** Gives methods the dependencies of their use cases. */
export function bindMethods<Deps>(methods: readonly CallMethod<Deps>[], deps: Deps): BoundMethod[] {
  return methods.map((method) => ({
    ...method,
    run: (_: undefined, command: unknown, context: CallContext) => method.run(deps, command, context),
  }))
}

/** Whether a method changes nothing. */
export function isReadOnly({ method, permission }: Pick<CallMethod, 'method' | 'permission'>): boolean {
  return permission === null || method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS
}
