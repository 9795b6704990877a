import type { ClaimMatcher } from './claim-matcher.ts'
import { type Grant, type Grantee, keyOf } from './grant.ts'
import { setOf } from './permission-table.ts'
import { includesPattern } from './service-pattern.ts'

/** A grant that gives nothing more than another one. */
export interface CoveredGrant {
  readonly index: number
  readonly by: Grant
}

/** Finds the grants that could be removed without taking a permission from anybody. Of two equal ones, it is the second. */
export function findCoveredGrants(grants: readonly Grant[]): CoveredGrant[] {
  return grants.flatMap((grant, index) => {
    const by = grants.find((other, at) => at !== index && covers(other, grant) && (at < index || !covers(grant, other)))
    return by === undefined ? [] : [{ index, by }]
  })
}

function covers(outer: Grant, inner: Grant): boolean {
  const missing = setOf(inner.permissions) & ~setOf(outer.permissions)
  if (missing !== 0) return false
  if (!inner.on.every((scope) => outer.on.some((wider) => includesPattern(wider, scope)))) return false
  return includesGrantee(outer.to, inner.to)
}

function includesGrantee(outer: Grantee, inner: Grantee): boolean {
  if (outer.kind === 'anyone') return true
  if (outer.kind !== 'oidc' || inner.kind !== 'oidc') return keyOf(outer) === keyOf(inner)
  if (outer.issuer !== inner.issuer) return false
  return outer.claims.every((wider) => inner.claims.some((claim) => includesClaim(wider, claim)))
}

function includesClaim(outer: ClaimMatcher, inner: ClaimMatcher): boolean {
  if (outer.path.length !== inner.path.length) return false
  if (!outer.path.every((name, at) => name === inner.path[at])) return false
  if (outer.isPrefix) return inner.text.startsWith(outer.text)
  return !inner.isPrefix && inner.text === outer.text
}
