import { type ErrorCode, type ErrorReason, type KnownReason, reasons } from './reasons.ts'

/** A problem with one field of a request. */
export interface FieldViolation {
  /** The field's name in the API, such as `revision_tag`. For an option of the client, the option's name. */
  readonly field: string
  /** A sentence for people that names the problem and the allowed values. */
  readonly description: string
}

/** More facts about an error, by their names in the API. */
export interface ErrorMetadata {
  /** For `not_found`: whether the service exists. */
  readonly service_exists?: boolean
}

interface CommonErrorOptions {
  /** A sentence for people. */
  readonly message: string
  /** The fields that are at fault. Default: none. */
  readonly fieldViolations?: readonly FieldViolation[]
  /** More facts for programs. Default: none. */
  readonly metadata?: ErrorMetadata
  /** In the client, the name of the registry that failed. Default: no particular registry. */
  readonly registry?: string | undefined
  /**
   * How long to wait before another try, in milliseconds. Default: on the server, as long as the reason asks for; in the
   * client, the registry did not say.
   */
  readonly retryAfterMs?: number | undefined
  /** The error that caused this one. */
  readonly cause?: unknown
}

/** The parts of a {@link RegistryError}. A known reason decides the code. Any other reason needs a code. */
export type RegistryErrorOptions = CommonErrorOptions &
  (
    | { readonly reason: KnownReason; readonly code?: ErrorCode }
    | { readonly reason: ErrorReason; readonly code: ErrorCode }
  )

/**
 * The only error type of the registry, on the server and in the client. Branch on `code` and `reason`, which are stable.
 * The message is for people and may be shown to the caller. The cause is for logs and never leaves the process.
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
  /** The cause of the error. It is more exact than the code. */
  readonly reason: ErrorReason
  /** The fields that are at fault. Empty if the error is not about fields. */
  readonly fieldViolations: readonly FieldViolation[]
  /** More facts for programs. Empty if there are none. */
  readonly metadata: ErrorMetadata
  /**
   * In the client, the name of the registry that failed. Undefined if the error is about no registry or about several.
   */
  readonly registry: string | undefined
  /**
   * How long to wait before another try, in milliseconds. In the client, this is the wish of the registry: `Infinity` if it
   * asks for no other try. Undefined if the error does not say.
   */
  readonly retryAfterMs: number | undefined

  constructor(options: RegistryErrorOptions) {
    const { code, reason, message, fieldViolations = [], metadata = {}, registry, retryAfterMs, cause } = options
    super(message, cause === undefined ? undefined : { cause })
    this.code = code ?? codeOf(reason)
    this.reason = reason
    this.fieldViolations = fieldViolations
    this.metadata = metadata
    this.registry = registry
    this.retryAfterMs = retryAfterMs
  }
}

/** The first sentence of every error with the code `not_found`. Clients of the REST contract rely on it. */
export const NOT_FOUND = 'Service revision not found.'

/** Makes an error about one field. The description is also the message, so it must name the field. */
export function fieldError(reason: KnownReason, field: string, description: string): RegistryError {
  return new RegistryError({ reason, message: description, fieldViolations: [{ field, description }] })
}

/** The error for a change that is refused because too many changes wait. Nothing of it is stored. */
export function tooManyChanges(): RegistryError {
  return new RegistryError({ reason: 'TOO_MANY_CHANGES', message: 'too many changes wait; try again later.' })
}

/**
 * Quotes a text for an error message. It is cut to 64 characters. Users and passwords in URIs are left out. Characters
 * are escaped that could forge lines of a log, or could change the order in which a terminal shows the others.
 */
export function quote(text: string): string {
  const shown = withoutCredentials(text)
  return escapeInvisible(JSON.stringify(shown.length > 64 ? `${shown.slice(0, 64)}…` : shown))
}

/** The beginning of a text, at most 2,048 characters, without the users and passwords of the URIs in it. */
export function withoutCredentials(text: string): string {
  // Without the bound, a long text of slashes would take quadratic time.
  const beginning = text.slice(0, 2048)
  return beginning.includes('@') ? beginning.replaceAll(/\/\/[^\s"]*@/g, '//…@') : beginning
}

// Control characters beyond ASCII, line separators, and the characters that change the direction of text.
const INVISIBLE = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Escapes the characters of JSON that a terminal does not show as themselves. */
export function escapeInvisible(json: string): string {
  return json.replaceAll(INVISIBLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function codeOf(reason: ErrorReason): ErrorCode {
  return Object.hasOwn(reasons, reason) ? reasons[reason as KnownReason].code : 'unknown'
}
