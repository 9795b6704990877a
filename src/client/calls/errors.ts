import { type Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, type ErrorInfo, ErrorInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts'
import { type ErrorMetadata, RegistryError, type RegistryErrorOptions } from '../../domain/errors.ts'
import { type ErrorCode, errorCodes } from '../../domain/reasons.ts'
import type { ClientReason } from '../api/client-reasons.ts'
import { retryAfterMs } from './retry-after.ts'

/** The domain of every `google.rpc.ErrorInfo` of a registry. */
const ERROR_DOMAIN = 'waypost'

/** The name of a registry, for errors. */
export interface Named {
  readonly name: string
  /** Whether the client has several registries. If so, a message of the registry gets its name in front. */
  readonly isOneOfSeveral: boolean
}

/**
 * Restores the error that the registry sent. An error without the `ErrorInfo` of a registry did not come from a
 * registry. It keeps its code, except `not_found`: only a registry knows that something does not exist.
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
    retryAfterMs: retryAfterMs(connectError),
    cause: error,
  })
}

/** The error if the registry, or the proxy in front of it, gave no answer. */
export function unreachable(
  code: 'unavailable' | 'deadline_exceeded',
  registry: Named | undefined,
  text: string,
  cause?: unknown,
): RegistryError {
  const message = `${describe(registry)} cannot be reached (${text}); check its base URL, or try again later.`
  return clientError(code, 'REGISTRY_UNREACHABLE', { message, registry: registry?.name, cause })
}

/** The error for an answer that does not come from a registry. */
export function unexpectedAnswer(
  code: ErrorCode,
  registry: Named | undefined,
  text: string,
  cause?: unknown,
): RegistryError {
  const message = `the answer of ${describe(registry)} is not from a registry (${text}); check its base URL and proxies.`
  return clientError(code, 'UNEXPECTED_ANSWER', { message, registry: registry?.name, cause })
}

/** The error if the token function failed, or its token cannot be sent. The message contains no part of the token. */
export function tokenFailed(registry: Named, text: string, cause?: unknown): RegistryError {
  const message = `the token function for ${describe(registry)} ${text}`
  return clientError('unauthenticated', 'TOKEN_FAILED', { message, registry: registry.name, cause })
}

/**
 * The error if the headers function failed, or its headers cannot be sent. The message contains no value of a header.
 */
export function headersFailed(registry: Named, text: string, cause?: unknown): RegistryError {
  const message = `the headers function for ${describe(registry)} ${text}`
  return clientError('internal', 'HEADERS_FAILED', { message, registry: registry.name, cause })
}

/** The error if the token function or the headers function did not end before the call. */
export function functionLate(registry: Named, waitsFor: 'token' | 'headers', timeoutMs: number): RegistryError {
  const lack = `the ${waitsFor} function for ${describe(registry)} gave no ${waitsFor} within ${timeoutMs} ms`
  const message = `${lack}; try again later, or give the call more time.`
  const reason = waitsFor === 'token' ? 'TOKEN_FAILED' : 'HEADERS_FAILED'
  return clientError('deadline_exceeded', reason, { message, registry: registry.name })
}

/** The error if the caller's signal aborted. */
export function canceled({ reason }: AbortSignal): RegistryError {
  return clientError('canceled', 'CANCELED', {
    message: 'the call was canceled by its signal; see the cause of this error.',
    cause: reason,
  })
}

/** The reason to abort shared work if every call that waited for it has given up. Only the work sees this error. */
export function nobodyWaits(): RegistryError {
  return clientError('canceled', 'CANCELED', { message: 'no call waits for the answer.' })
}

/** The error if the client was closed before the call. */
export function clientClosed(): RegistryError {
  const message = 'the client is closed; create another client to make calls.'
  return clientError('failed_precondition', 'CLIENT_CLOSED', { message })
}

/**
 * The error if no registry has the revision. It has the code and the reason of the most informative answer. This is the
 * last answer from a registry that has the service, else the last "not found", else the last refusal of the name.
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
    cause: new AggregateError(answers, 'no registry has the revision'),
  })
}

/** Whether a registry answered that it does not have the service, the revision, the alias, or a default. */
export function isNotFound(error: unknown): error is RegistryError {
  return error instanceof RegistryError && error.code === 'not_found'
}

/** Whether a registry knows the caller, and refused it because it lacks the permission. */
export function isDenied(error: unknown): error is RegistryError {
  return error instanceof RegistryError && error.reason === 'PERMISSION_DENIED'
}

/** Whether a registry refused the name of the service or the tag as not valid. It cannot have the revision then. */
export function isRefusedName(error: unknown): error is RegistryError {
  return error instanceof RegistryError && REFUSED_NAME.has(error.reason)
}

const REFUSED_NAME: ReadonlySet<string> = new Set(['INVALID_NAMESPACE', 'INVALID_NAME', 'INVALID_REVISION_TAG'])

/** The error for an argument or an option that is not valid. */
export function invalidOption(field: string, description: string, cause?: unknown): RegistryError {
  return new RegistryError({
    reason: 'INVALID_REQUEST',
    message: `${field} ${description}`,
    fieldViolations: [{ field, description }],
    cause,
  })
}

function clientError(
  code: ErrorCode,
  reason: ClientReason,
  options: Pick<RegistryErrorOptions, 'message' | 'registry' | 'cause'>,
): RegistryError {
  const { cause } = options
  const pause = cause instanceof ConnectError ? retryAfterMs(cause) : undefined
  return new RegistryError({ ...options, reason, code, retryAfterMs: pause })
}

function describe(registry: Named | undefined): string {
  return registry === undefined ? 'the registry' : `registry ${JSON.stringify(registry.name)}`
}

// The metadata of an `ErrorInfo` are strings.
function toMetadata({ metadata: { service_exists: exists } }: ErrorInfo): ErrorMetadata {
  return exists === 'true' || exists === 'false' ? { service_exists: exists === 'true' } : {}
}

// Connect numbers the codes in the order of gRPC, from 1. `errorCodes` has the same order.
function toErrorCode(code: Code): ErrorCode {
  return errorCodes[code - 1] ?? 'unknown'
}
