import { fieldError, type RegistryError } from '../../domain/errors.ts'

/** The name of the header with the targeting key of a lookup. */
export const TARGETING_KEY_HEADER = 'waypost-targeting-key'

/**
 * Parses the header `Waypost-Targeting-Key`, which is percent-encoded UTF-8, because HTTP allows no other characters in
 * headers. Throws `INVALID_TARGETING_KEY`.
 */
export function parseTargetingKeyHeader(header: string): string {
  if (!/^[\x20-\x7e]*$/.test(header)) throw notEncoded()
  if (!header.includes('%')) return header
  try {
    return decodeURIComponent(header)
  } catch {
    throw notEncoded()
  }
}

// A key may identify a person, so these texts do not contain it.

/** The error for a request whose header and whose query or body have different targeting keys. */
export function otherTargetingKey(): RegistryError {
  const description = 'targeting_key differs from the header Waypost-Targeting-Key; give it in one place.'
  return fieldError('INVALID_REQUEST', 'targeting_key', description)
}

function notEncoded(): RegistryError {
  const description =
    'the header Waypost-Targeting-Key is not percent-encoded UTF-8; encode it as a URI component, such as %C3%BC for ü.'
  return fieldError('INVALID_TARGETING_KEY', 'targeting_key', description)
}
