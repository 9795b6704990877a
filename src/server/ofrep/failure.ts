import type { RegistryError } from '../../domain/errors.ts'

/** The codes of OpenFeature for the errors of an evaluation. */
type FlagErrorCode = 'FLAG_NOT_FOUND' | 'PARSE_ERROR' | 'INVALID_CONTEXT' | 'GENERAL'

/** The reason why a flag has no value, in the form of OFREP. */
export interface FlagFailure {
  /** Absent: the error is about a whole bulk evaluation. */
  readonly key?: string
  readonly errorCode: FlagErrorCode
  readonly errorDetails: string
}

/** Translates an error. `key` is the flag, and undefined if the error is about a whole bulk evaluation. */
export function toFlagFailure(error: RegistryError, key: string | undefined): FlagFailure {
  return { ...(key !== undefined && { key }), errorCode: codeOf(error), errorDetails: error.message }
}

function codeOf({ code, reason, fieldViolations }: RegistryError): FlagErrorCode {
  if (code === 'not_found') return 'FLAG_NOT_FOUND'
  if (reason === 'INVALID_TARGETING_KEY') return 'INVALID_CONTEXT'
  if (reason !== 'INVALID_REQUEST') return 'GENERAL'
  const isAboutContext = fieldViolations.some(({ field }) => /^context\b/.test(field))
  return isAboutContext ? 'INVALID_CONTEXT' : 'PARSE_ERROR'
}
