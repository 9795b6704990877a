import { hash as hashAtOnce, randomBytes } from 'node:crypto'
import type { Identity } from '../domain/access/identity.ts'
import type { Authenticator } from './authenticator.ts'

/** The issuer in the principals of static tokens. No issuer of OIDC has this name, because theirs are URLs. */
export const STATIC_TOKEN_ISSUER = 'waypost:token'

/** A static token, as the access file knows it. */
export interface StaticToken {
  /** Its name in grants. Unique. */
  readonly name: string
  /** The SHA-256 hash of the token's UTF-8 text, as 64 hexadecimal digits. */
  readonly sha256: string
}

/** Makes the authenticator of static tokens. It knows only their hashes. */
export function createStaticTokens(tokens: readonly StaticToken[]): Authenticator {
  if (tokens.length === 0) return { authenticate: () => undefined }
  // Nobody else knows the salt, so nobody can tell from the time of a look-up which known hash was similar. To compare with
  // each of 1,000 hashes in constant time would cost more than a lookup of a revision.
  const salt = randomBytes(32)
  const keyOf = (hash: Buffer) => hashAtOnce('sha256', Buffer.concat([salt, hash]), 'base64')
  const known = new Map(tokens.map(({ name, sha256 }) => [keyOf(Buffer.from(sha256, 'hex')), identityOf(name)]))
  return { authenticate: (token) => known.get(keyOf(hashAtOnce('sha256', token, 'buffer'))) }
}

function identityOf(name: string): Identity {
  const principal = { name: `token:${name}`, issuer: STATIC_TOKEN_ISSUER, subject: name }
  return { kind: 'token', principal, claims: {} }
}
