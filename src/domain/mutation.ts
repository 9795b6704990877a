import { fieldError, quote, type RegistryError } from './errors.ts'
import { fitsGrammar, type Grammar } from './grammar.ts'

/** What the id of a request may be: a UUID, or another text without spaces. */
export const requestIdGrammar: Grammar = { pattern: /^[A-Za-z0-9_.:-]+$/, maxLength: 128 }

/** Parses the id of a request, or throws `INVALID_REQUEST_ID`. */
export function parseRequestId(text: string): string {
  if (fitsGrammar(text, requestIdGrammar)) return text
  throw fieldError(
    'INVALID_REQUEST_ID',
    'request_id',
    `request_id ${quote(text)} is not valid: it must be 1 to ${requestIdGrammar.maxLength} letters, digits, '_', '.', ':' or '-', such as a UUID.`,
  )
}

/** Throws `ETAG_MISMATCH` if an etag was given (it is not empty) and is not the current one. */
export function requireEtag(given: string, current: string | undefined): void {
  if (given === '' || given === current) return
  throw fieldError(
    'ETAG_MISMATCH',
    'etag',
    `etag ${quote(given)} is not the current one: it must be that of what is to be changed, as it is now. Nothing was changed.`,
  )
}

/** The error for the id of a request that had other content. */
export function requestIdReused(id: string): RegistryError {
  return fieldError(
    'REQUEST_ID_REUSED',
    'request_id',
    `request_id ${quote(id)} was given to another request of this service: each request must have an id of its own.`,
  )
}
