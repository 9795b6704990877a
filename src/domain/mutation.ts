import { fieldError, quote, type RegistryError } from './errors.ts'
import { type Grammar, parseGrammar } from './grammar.ts'

/** The id of a request: a UUID, or another text without spaces. */
export const requestIdGrammar: Grammar = { pattern: /^[A-Za-z0-9_.:-]+$/, maxLength: 128 }

/** Parses the id of a request, or throws `INVALID_REQUEST_ID`. */
export function parseRequestId(text: string): string {
  const allowed = `1 to ${requestIdGrammar.maxLength} letters, digits, '_', '.', ':' or '-', such as a UUID`
  return parseGrammar(text, 'request_id', requestIdGrammar, { reason: 'INVALID_REQUEST_ID', allowed })
}

/** Throws `ETAG_MISMATCH` if `given` is neither empty nor the current etag. */
export function requireEtag(given: string, current: string | undefined): void {
  if (given === '' || given === current) return
  throw fieldError(
    'ETAG_MISMATCH',
    'etag',
    `etag ${quote(given)} is not the current etag, so nothing was changed; read the current etag and try again.`,
  )
}

/** The error for a request id that an earlier request with other content had. */
export function requestIdReused(id: string): RegistryError {
  return fieldError(
    'REQUEST_ID_REUSED',
    'request_id',
    `request_id ${quote(id)} belongs to another request of this service; use a new id for each request.`,
  )
}
