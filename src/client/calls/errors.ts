import { type Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, type ErrorInfo, ErrorInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts'
import {
  type ErrorCode,
  type ErrorMetadata,
  errorCodes,
  RegistryError,
  type RegistryErrorOptions,
} from '../../domain/errors.ts'
import type { ClientReason } from '../api/client-reasons.ts'

/** The domain of every `google.rpc.ErrorInfo` of the registry. */
const ERROR_DOMAIN = 'waypost'

/** A registry, as errors name it. */
export interface Named {
  readonly name: string
  /** Whether the client has others, so that messages of the registry need its name in front. */
  readonly isOneOfSeveral: boolean
}

/**
 * The error that the registry threw, restored from the wire. An error without the registry's own `ErrorInfo` did not come
 * from a registry. It keeps its code, except `not_found`: only a registry can say that something is not there.
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
    reason: info.reason,
    message: registry?.isOneOfSeveral ? `${describe(registry)}: ${text}` : text,
    fieldViolations: connectError
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) => fieldViolations.map(({ field, description }) => ({ field, description }))),
    metadata: toMetadata(info),
    registry: registry?.name,
    cause: error,
  })
}

/** The registry, or the proxy in front of it, gave no answer. */
export function unreachable(
  code: 'unavailable' | 'deadline_exceeded',
  registry: Named | undefined,
  text: string,
  cause?: unknown,
): RegistryError {
  const message = `${describe(registry)} can't be reached: ${text}`
  return clientError(code, 'REGISTRY_UNREACHABLE', { message, registry: registry?.name, cause })
}

/** The answer is not one that a registry gives. */
export function unexpectedAnswer(
  code: ErrorCode,
  registry: Named | undefined,
  text: string,
  cause?: unknown,
): RegistryError {
  const message = `${describe(registry)} did not answer as a registry does: ${text}`
  return clientError(code, 'UNEXPECTED_ANSWER', { message, registry: registry?.name, cause })
}

/** The token function failed, or its token can't be sent. Nothing of the token is in the message. */
export function tokenFailed(registry: Named, text: string, cause?: unknown): RegistryError {
  const message = `the token for ${describe(registry)} can't be had: ${text}`
  return clientError('unauthenticated', 'TOKEN_FAILED', { message, registry: registry.name, cause })
}

/** The headers function failed, or its headers can't be sent. No value of a header is in the message. */
export function headersFailed(registry: Named, text: string, cause?: unknown): RegistryError {
  const message = `the headers for ${describe(registry)} can't be had: ${text}`
  return clientError('internal', 'HEADERS_FAILED', { message, registry: registry.name, cause })
}

/** The caller's signal aborted. */
export function canceled({ reason }: AbortSignal): RegistryError {
  return clientError('canceled', 'CANCELED', { message: 'The call was canceled.', cause: reason })
}

/** Every call that waited for shared work has given up. Only the work itself sees this error. */
export function nobodyWaits(): RegistryError {
  return clientError('canceled', 'CANCELED', { message: 'Nobody waits for the answer any more.' })
}

/** The client was closed before the call. */
export function clientClosed(): RegistryError {
  const message = 'The client is closed: create another one to make calls.'
  return clientError('failed_precondition', 'CLIENT_CLOSED', { message })
}

/**
 * No registry has it. The code and the reason are those of the registry that knows most: the last one that has the service,
 * else the last one that does not have it. If every registry refuses the name itself, they are those of the last refusal.
 */
export function nowhere(
  reference: string,
  registries: readonly Named[],
  answers: readonly RegistryError[],
): RegistryError {
  const names = registries.map(({ name }) => JSON.stringify(name)).join(', ')
  const notFound = answers.filter(isNotFound)
  const [last] = answers.slice(-1)
  const { code, reason, fieldViolations, metadata } =
    notFound.findLast((answer) => answer.metadata.service_exists) ?? notFound.at(-1) ?? (last as RegistryError)
  const text = `${reference} is in none of the registries ${names}.`
  return new RegistryError({
    ...{ code, reason, fieldViolations, metadata },
    message: notFound.length > 0 ? `Service revision not found. ${text}` : `${last?.message} ${text}`,
    cause: new AggregateError(answers, 'no registry has it'),
  })
}

/** Whether the registry itself said that it does not have the service, the revision, the alias, or a default. */
export function isNotFound(error: unknown): error is RegistryError {
  return error instanceof RegistryError && error.code === 'not_found'
}

/** Whether the registry refused the name of a service or the tag of a revision, which it can't have then. */
export function isRefusedName(error: unknown): error is RegistryError {
  return error instanceof RegistryError && REFUSED_NAME.has(error.reason)
}

const REFUSED_NAME: ReadonlySet<string> = new Set(['INVALID_NAMESPACE', 'INVALID_NAME', 'INVALID_REVISION_TAG'])

/** An argument or an option that is not valid. */
export function invalidOption(field: string, description: string): RegistryError {
  return new RegistryError({
    reason: 'INVALID_REQUEST',
    message: `${field} ${description}`,
    fieldViolations: [{ field, description }],
  })
}

function clientError(
  code: ErrorCode,
  reason: ClientReason,
  options: Pick<RegistryErrorOptions, 'message' | 'registry' | 'cause'>,
): RegistryError {
  return new RegistryError({ ...options, reason, code })
}

function describe(registry: Named | undefined): string {
  return registry === undefined ? 'the registry' : `registry ${JSON.stringify(registry.name)}`
}

// Facts of an `ErrorInfo` are texts.
function toMetadata({ metadata: { service_exists: exists } }: ErrorInfo): ErrorMetadata {
  return exists === 'true' || exists === 'false' ? { service_exists: exists === 'true' } : {}
}

// Connect numbers its codes in gRPC's order, from 1; `errorCodes` has them in the same order.
function toErrorCode(code: Code): ErrorCode {
  return errorCodes[code - 1] ?? 'unknown'
}
