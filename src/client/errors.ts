import { type Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import { type ErrorCode, type ErrorReason, errorCodes, RegistryError } from '../domain/errors.ts'

/** The domain of every `google.rpc.ErrorInfo` of the registry. */
const ERROR_DOMAIN = 'waypost'

/** A registry, as errors name it. */
export interface Named {
  readonly name: string
  /** Whether the client has others, so that its words need its name in front. */
  readonly isOneOfSeveral: boolean
}

/**
 * The error that the registry threw, restored from the wire. What has not the registry's own `ErrorInfo` did not come
 * from it: it keeps its code but for `not_found`, which is said by the registry or not at all.
 */
export function fromConnectError(error: unknown, registry?: Named): RegistryError {
  const connectError = ConnectError.from(error)
  const code = toErrorCode(connectError.code)
  const text = connectError.rawMessage || code
  const info = connectError.findDetails(ErrorInfoSchema).find(({ domain }) => domain === ERROR_DOMAIN)
  if (info === undefined) {
    if (code === 'unavailable' || code === 'deadline_exceeded') return unreachable(code, registry, text, error)
    return unexpectedAnswer(code === 'not_found' ? 'unknown' : code, registry, text, error)
  }
  return new RegistryError({
    code,
    reason: info.reason as ErrorReason,
    message: registry?.isOneOfSeveral ? `${describe(registry)}: ${text}` : text,
    fieldViolations: connectError
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) => fieldViolations.map(({ field, description }) => ({ field, description }))),
    registry: registry?.name,
    cause: error,
  })
}

/** The registry, or what is in front of it, gave no answer. */
export function unreachable(
  code: 'unavailable' | 'deadline_exceeded',
  registry: Named | undefined,
  text: string,
  cause?: unknown,
): RegistryError {
  const message = `${describe(registry)} can't be reached: ${text}`
  return new RegistryError({ code, reason: 'REGISTRY_UNREACHABLE', message, registry: registry?.name, cause })
}

/** What answered does not answer as a registry does. */
export function unexpectedAnswer(
  code: ErrorCode,
  registry: Named | undefined,
  text: string,
  cause?: unknown,
): RegistryError {
  const message = `${describe(registry)} did not answer as a registry does: ${text}`
  return new RegistryError({ code, reason: 'UNEXPECTED_ANSWER', message, registry: registry?.name, cause })
}

/** The token function failed, or what it gave can't be sent. Nothing of the token is in the message. */
export function tokenFailed(registry: Named, text: string, cause?: unknown): RegistryError {
  const message = `the token for ${describe(registry)} can't be had: ${text}`
  return new RegistryError({ code: 'unauthenticated', reason: 'TOKEN_FAILED', message, registry: registry.name, cause })
}

/** None of the registries has it. */
export function nowhere(reference: string, registries: readonly Named[], causes: readonly unknown[]): RegistryError {
  const names = registries.map(({ name }) => JSON.stringify(name)).join(', ')
  return new RegistryError({
    code: 'not_found',
    reason: 'REVISION_NOT_FOUND',
    message: `Service revision not found: ${reference} is in none of the registries ${names}.`,
    cause: new AggregateError(causes, 'every registry answered that it is not there'),
  })
}

/** Whether the registry itself said that it has no such service, revision or default. */
export function isNotFound(error: unknown): boolean {
  return error instanceof RegistryError && error.code === 'not_found' && error.reason === 'REVISION_NOT_FOUND'
}

/** An option of the client, or of a call, that is not valid. */
export function invalidOption(field: string, description: string): RegistryError {
  return new RegistryError({
    code: 'invalid_argument',
    reason: 'INVALID_REQUEST',
    message: `${field} ${description}`,
    fieldViolations: [{ field, description }],
  })
}

function describe(registry: Named | undefined): string {
  return registry === undefined ? 'the registry' : `registry ${JSON.stringify(registry.name)}`
}

// Connect numbers its codes in gRPC's order, from 1; `errorCodes` has them in the same order.
function toErrorCode(code: Code): ErrorCode {
  return errorCodes[code - 1] ?? 'unknown'
}
