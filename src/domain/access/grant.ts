import { type ClaimMatcher, formatCondition, formatPath } from './claim-matcher.ts'
import type { Permission } from './permission.ts'
import type { GrantScope } from './service-pattern.ts'

/** The callers to whom a grant gives its permissions. */
export type Grantee =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'token'; readonly name: string }
  /** The subject in its normal form, see `normalizeDistinguishedName`. */
  | { readonly kind: 'certificate'; readonly subject: string }
  | { readonly kind: 'oidc'; readonly issuer: string; readonly claims: readonly ClaimMatcher[] }

/** A permission for somebody on some services. */
export interface Grant {
  readonly permissions: readonly Permission[]
  readonly on: readonly GrantScope[]
  readonly to: Grantee
  /** Its place in the access file, for people: `grants[2] (line 14)`. */
  readonly place: string
}

/** One text for each set of callers: grants with the same text are for the same callers. */
export function keyOf(to: Grantee): string {
  if (to.kind !== 'oidc') return JSON.stringify([to.kind, 'name' in to ? to.name : 'subject' in to ? to.subject : ''])
  const claims = to.claims.map(({ path, text, isPrefix }) => JSON.stringify([path, text, isPrefix]))
  return JSON.stringify([to.kind, to.issuer, ...claims.toSorted()])
}

/** A caller in a message: `token "ci-legacy"`. */
export function formatGrantee(to: Grantee): string {
  switch (to.kind) {
    case 'anyone':
      return 'anyone'
    case 'token':
      return `token ${JSON.stringify(to.name)}`
    case 'certificate':
      return `certificate ${JSON.stringify(to.subject)}`
    case 'oidc': {
      const claims = to.claims.map((each) => `${formatPath(each.path)} ${JSON.stringify(formatCondition(each))}`)
      return [`iss ${JSON.stringify(to.issuer)}`, ...claims].join(', ')
    }
  }
}
