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

/** One of `errorCodes`. */
export type ErrorCode = (typeof errorCodes)[number]

/** Stable names for what went wrong, finer than a code. A program may branch on them; new ones may be added. */
export type ErrorReason =
  | 'INVALID_REQUEST'
  | 'INVALID_NAMESPACE'
  | 'INVALID_NAME'
  | 'INVALID_REVISION_TAG'
  | 'INVALID_SRUID'
  | 'MISSING_REVISION_TAG'
  | 'REQUEST_TOO_LARGE'
  | 'REQUEST_TOO_SLOW'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'REVISION_NOT_FOUND'
  | 'REVISION_ALREADY_EXISTS'
  | 'TOO_MANY_CONFLICTS'
  | 'DEFAULT_POLICY_FAILED'
  | 'STORE_UNAVAILABLE'
  | 'DAMAGED_ENTRY'
  | 'REGISTRY_UNREACHABLE'
  | 'INTERNAL'

/** What is wrong with one field of a request. `field` is its name in the API, such as `revision_tag`. */
export interface FieldViolation {
  readonly field: string
  readonly description: string
}

export interface RegistryErrorOptions {
  readonly code: ErrorCode
  readonly reason: ErrorReason
  readonly message: string
  readonly fieldViolations?: readonly FieldViolation[]
  readonly cause?: unknown
}

/**
 * The one error type of the registry, on the server and in the client. The message is for people and may be shown to
 * the caller; the cause is for logs and never leaves the process.
 */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly code: ErrorCode
  readonly reason: ErrorReason
  readonly fieldViolations: readonly FieldViolation[]

  constructor({ code, reason, message, fieldViolations = [], cause }: RegistryErrorOptions) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.reason = reason
    this.fieldViolations = fieldViolations
  }
}

/** An `invalid_argument` about one field. The message is the description, so that it also reads well alone. */
export function invalidField(reason: ErrorReason, field: string, description: string): RegistryError {
  return new RegistryError({
    code: 'invalid_argument',
    reason,
    message: description,
    fieldViolations: [{ field, description }],
  })
}

/** The text in quotes for an error message: escaped, so that it can't forge log lines, and cut to 64 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text)
}
