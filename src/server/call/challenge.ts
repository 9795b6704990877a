import type { RegistryError } from '../../domain/errors.ts'

/**
 * The header `WWW-Authenticate` of an answer with the HTTP status 401, which RFC 9110 requires. RFC 6750 defines its
 * parts. Undefined for any other error.
 */
export function challengeOf({ reason, message }: Pick<RegistryError, 'reason' | 'message'>): string | undefined {
  if (reason === 'TOKEN_MISSING') return 'Bearer realm="waypost"'
  if (reason !== 'TOKEN_INVALID') return undefined
  return `Bearer realm="waypost", error="invalid_token", error_description="${toDescription(message)}"`
}

// RFC 6750, section 3, allows these characters.
function toDescription(message: string): string {
  return message.replaceAll('"', "'").replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}
