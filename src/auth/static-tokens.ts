import { hash as hashAtOnce, timingSafeEqual } from 'node:crypto'
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
  const known = tokens.map(({ name, sha256 }) => ({ hash: Buffer.from(sha256, 'hex'), identity: identityOf(name) }))
  return {
    authenticate: (token) => {
      if (known.length === 0) return undefined
      const hash = hashAtOnce('sha256', token, 'buffer')
      let found: Identity | undefined
      // The loop always runs to its end, so that its time does not tell which entry was similar.
      for (const entry of known) if (timingSafeEqual(entry.hash, hash)) found = entry.identity
      return found
    },
  }
}

function identityOf(name: string): Identity {
  const principal = { name: `token:${name}`, issuer: STATIC_TOKEN_ISSUER, subject: name }
  return { kind: 'token', principal, claims: {} }
}
