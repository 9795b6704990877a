import { hash } from 'node:crypto'

/** The `ETag` of a body. A hash of the bytes changes whenever they change, as RFC 9110 requires of a strong validator. */
export function etagOf(body: string | Buffer): string {
  return `"${hash('sha1', body, 'base64url')}"`
}

/**
 * Whether the header `If-None-Match` names the etag, so that the client has the body already. The comparison is weak (RFC
 * 9110, section 13.1.2).
 */
export function isKnownEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || [...header.matchAll(/"[^"]*"/g)].some(([each]) => each === etag)
}
