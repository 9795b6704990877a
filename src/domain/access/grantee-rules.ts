import type { ClaimMatcher } from './claim-matcher.ts'
import { type Grant, type Grantee, keyOf } from './grant.ts'
import { PermissionTable } from './permission-table.ts'

/** All grants to the same callers. */
export interface GranteeRules {
  readonly to: Grantee
  /** The conditions on the claims of a token. Empty for callers without claims. */
  readonly claims: readonly ClaimMatcher[]
  /** In the order of the access file. */
  readonly grants: readonly Grant[]
  /** The permissions that the grants give together. */
  readonly table: PermissionTable
  /** The place among the rules: those of the first grant come first. */
  readonly position: number
}

/** Puts together the grants that are to the same callers. */
export function groupByGrantee(grants: readonly Grant[]): GranteeRules[] {
  const groups = [...Map.groupBy(grants, ({ to }) => keyOf(to)).values()]
  return groups.map((ofGrantee, position) => {
    const { to } = ofGrantee[0] as Grant
    const table = new PermissionTable()
    for (const grant of ofGrantee) table.addGrant(grant)
    return { to, claims: to.kind === 'oidc' ? to.claims : [], grants: ofGrantee, table, position }
  })
}
