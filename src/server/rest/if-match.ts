import { quote, RegistryError } from '../../domain/errors.ts'

/**
 * Parses the header `If-Match`. Returns its etag; undefined if the request has no such header. Throws `INVALID_ETAG`
 * unless it is one strong etag, because each change is about one resource.
 */
export function parseIfMatch(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const etag = /^"([\x21\x23-\x7e]{1,256})"$/.exec(header.trim())?.[1]
  if (etag !== undefined) return etag
  throw new RegistryError({ reason: 'INVALID_ETAG', message: explainIfMatch(header) })
}

/** The text for a header `If-Match` that is not valid. */
export function explainIfMatch(header: string): string {
  return `If-Match ${quote(header)} is not valid; use one strong etag in quotes, such as "0c5f2b9e", and no *, list or weak etag.`
}
