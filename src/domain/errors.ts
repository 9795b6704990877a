/** Every way a call can fail. The names are those of the Connect protocol, so that an error keeps its code on the wire. */
export const errorCodes = [
  'canceled',
  'unknown',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
  'unauthenticated',
] as const

/**
 * What kind of failure it is: one of the codes of Connect and gRPC, in the Connect protocol's spelling.
 *
 * @example
 * const code: ErrorCode = 'not_found'
 */
export type ErrorCode = (typeof errorCodes)[number]

/**
 * Stable names for what went wrong, finer than a code. A program may branch on them; new ones may be added.
 *
 * Four come from the client alone: `CANCELED` (the call's signal aborted), `TOKEN_FAILED` (the token function failed),
 * `REGISTRY_UNREACHABLE` (no connection, or no answer in time) and `UNEXPECTED_ANSWER` (what answered does not answer as
 * a registry does, such as a proxy, or another server at a wrong base URL).
 *
 * @example
 * const isOutage = (reason: ErrorReason) => reason === 'REGISTRY_UNREACHABLE' || reason === 'STORE_UNAVAILABLE'
 */
export type ErrorReason =
  | 'INVALID_REQUEST'
  | 'INVALID_NAMESPACE'
  | 'INVALID_NAME'
  | 'INVALID_REVISION_TAG'
  | 'INVALID_SRUID'
  | 'INVALID_VERSION_RANGE'
  | 'INVALID_LABEL_SELECTOR'
  | 'INVALID_LABELS'
  | 'INVALID_ENDPOINTS'
  | 'INVALID_DESCRIPTION'
  | 'INVALID_SOURCE'
  | 'INVALID_REASON'
  | 'INVALID_ALIAS'
  | 'INVALID_ETAG'
  | 'INVALID_REQUEST_ID'
  | 'INVALID_UPDATE_MASK'
  | 'INVALID_PREFIX'
  | 'INVALID_PAGE_SIZE'
  | 'INVALID_PAGE_TOKEN'
  | 'CONFLICTING_SELECTORS'
  | 'REQUEST_ID_REUSED'
  | 'MISSING_REVISION_TAG'
  | 'REQUEST_TOO_LARGE'
  | 'REQUEST_TOO_SLOW'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'REVISION_NOT_FOUND'
  | 'REVISION_ALREADY_EXISTS'
  | 'SERVICE_NOT_FOUND'
  | 'ALIAS_NOT_FOUND'
  | 'TARGET_NOT_FOUND'
  | 'TARGET_YANKED'
  | 'TOO_MANY_ALIASES'
  | 'REVISION_DELETED'
  | 'REVISION_NOT_YANKED'
  | 'REVISION_IN_USE'
  | 'ETAG_MISMATCH'
  | 'TOO_MANY_CONFLICTS'
  | 'DEFAULT_POLICY_FAILED'
  | 'STORE_UNAVAILABLE'
  | 'DAMAGED_ENTRY'
  | 'REGISTRY_UNREACHABLE'
  | 'UNEXPECTED_ANSWER'
  | 'TOKEN_FAILED'
  | 'CANCELED'
  | 'INTERNAL'

/**
 * What is wrong with one field of a request.
 *
 * @example
 * const violation: FieldViolation = { field: 'revision_tag', description: 'revision_tag "-" is not valid: …' }
 */
export interface FieldViolation {
  /** The field's name in the API, such as `revision_tag`; for an option of the client, the option's name. */
  readonly field: string
  /** What is wrong, and what is allowed: a sentence for people. */
  readonly description: string
}

/**
 * What a `RegistryError` is made of. The properties are those of the error.
 *
 * @example
 * const outage: RegistryErrorOptions = { code: 'unavailable', reason: 'STORE_UNAVAILABLE', message: 'No store.' }
 */
export interface RegistryErrorOptions {
  /** The kind of failure. */
  readonly code: ErrorCode
  /** What went wrong, finer than the code. */
  readonly reason: ErrorReason
  /** A sentence for people. */
  readonly message: string
  /** What is wrong with which field. Default: nothing. */
  readonly fieldViolations?: readonly FieldViolation[]
  /** Which registry failed, by its name in the client. Default: none in particular. */
  readonly registry?: string | undefined
  /** What it was caused by. */
  readonly cause?: unknown
}

/**
 * The one error type of the registry, on the server and in the client. Branch on `code` and `reason`, which are stable;
 * the message is for people and may be shown to the caller; the cause is for logs and never leaves the process.
 *
 * @example
 * try {
 *   await client.get('my-org/my-service')
 * } catch (error) {
 *   if (!(error instanceof RegistryError && error.code === 'not_found')) throw error
 * }
 */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  /** The kind of failure. */
  readonly code: ErrorCode
  /** What went wrong, finer than the code. */
  readonly reason: ErrorReason
  /** For `invalid_argument`: what is wrong with which field. Empty where it is not about fields. */
  readonly fieldViolations: readonly FieldViolation[]
  /** In the client, the name of the registry that failed; undefined where it is about none, or about several. */
  readonly registry: string | undefined

  constructor({ code, reason, message, fieldViolations = [], registry, cause }: RegistryErrorOptions) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.reason = reason
    this.fieldViolations = fieldViolations
    this.registry = registry
  }
}

/** An `invalid_argument` about one field. The message is the description, so that it also reads well alone. */
export function invalidField(reason: ErrorReason, field: string, description: string): RegistryError {
  return fieldError('invalid_argument', reason, field, description)
}

/** A `failed_precondition` about one field: what it names is not fit for what is asked. */
export function unfitField(reason: ErrorReason, field: string, description: string): RegistryError {
  return fieldError('failed_precondition', reason, field, description)
}

/** An error about one field. */
export function fieldError(code: ErrorCode, reason: ErrorReason, field: string, description: string): RegistryError {
  return new RegistryError({ code, reason, message: description, fieldViolations: [{ field, description }] })
}

/** The text in quotes for an error message: escaped, so that it can't forge log lines, and cut to 64 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text)
}
