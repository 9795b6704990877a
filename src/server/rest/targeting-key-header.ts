import { fieldError, type RegistryError } from '../../domain/errors.ts'

/** The name of the header with the targeting key of a lookup. */
export const TARGETING_KEY_HEADER = 'waypost-targeting-key'

/**
 * Parses the header `Waypost-Targeting-Key`, which is percent-encoded UTF-8, because HTTP allows no other characters in
 * headers. Returns undefined if the request has no such header, or it is empty. Throws `INVALID_TARGETING_KEY`.
 */
export function parseTargetingKeyHeader(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined
  if (!/^[\x20-\x7e]*$/.test(header)) throw notEncoded()
  if (!header.includes('%')) return header
  try {
    return decodeURIComponent(header)
  } catch {
    throw notEncoded()
  }
}

// The key may identify a person, so the text does not contain it.
function notEncoded(): RegistryError {
  const description =
    'the header Waypost-Targeting-Key is not percent-encoded UTF-8; encode it as a URI component, such as %C3%BC for ü.'
  return fieldError('INVALID_TARGETING_KEY', 'targeting_key', description)
}
