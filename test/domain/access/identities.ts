import type { ClaimMatcher } from '../../../src/domain/access/claim-matcher.ts'
import type { Grant, Grantee } from '../../../src/domain/access/grant.ts'
import type { Identity } from '../../../src/domain/access/identity.ts'
import type { Permission } from '../../../src/domain/access/permission.ts'
import { type GrantScope, parseServicePattern } from '../../../src/domain/access/service-pattern.ts'

export const GITHUB = 'https://token.actions.githubusercontent.com'

/** The identity of a token with these claims. */
export function oidc(claims: Record<string, unknown>, issuer = GITHUB): Identity {
  return { kind: 'oidc', principal: { name: 'github:my-org/x', issuer, subject: 'repo:my-org/x' }, claims }
}

/** The identity of a static token or of a certificate. */
export function named(kind: 'token' | 'certificate', subject: string): Identity {
  return { kind, principal: { name: `${kind}:${subject}`, issuer: `waypost:${kind}`, subject }, claims: {} }
}

/** A grantee with these claims. A path of several names has dots, and a text that ends with `*` is a beginning. */
export function withClaims(claims: Record<string, string>, issuer = GITHUB): Grantee {
  return { kind: 'oidc', issuer, claims: Object.entries(claims).map(toMatcher) }
}

function toMatcher([name, text]: readonly [string, string]): ClaimMatcher {
  const isPrefix = text.endsWith('*')
  return { path: name.split('.'), text: isPrefix ? text.slice(0, -1) : text, isPrefix }
}

/** A grant in short: `grant('read,call', 'my-org/*', to)`. */
export function grant(permissions: string, on: string, to: Grantee, place = 'grants[0] (line 9)'): Grant {
  return {
    permissions: permissions.split(',') as Permission[],
    on: on.split(',').map((text) => parseServicePattern(text) as GrantScope),
    to,
    place,
  }
}
