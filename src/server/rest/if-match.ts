import { RegistryError } from '../../domain/errors.ts'

/**
 * The etag of the header `If-Match`; undefined if the request has none. Throws `INVALID_ETAG` unless it is one strong etag:
 * a change of the registry is about one resource at a time.
 */
export function parseIfMatch(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const etag = /^"([\x21\x23-\x7e]{1,256})"$/.exec(header.trim())?.[1]
  if (etag !== undefined) return etag
  const message =
    'If-Match must be one strong etag in quotes, such as "0c5f2b9e"; *, lists and weak etags are not allowed.'
  throw new RegistryError({ reason: 'INVALID_ETAG', message })
}
