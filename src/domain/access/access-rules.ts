import type { Sruid } from '../sruid.ts'
import { type CallerAccess, usualAudience } from './access-control.ts'
import { ClaimIndex } from './claim-index.ts'
import { meetsAll } from './claim-matcher.ts'
import { explainClosest } from './closest-grant.ts'
import { normalizeDistinguishedName } from './distinguished-name.ts'
import type { Grant } from './grant.ts'
import { GrantedAccess, type SharedRules } from './granted-access.ts'
import { type GranteeRules, groupByGrantee } from './grantee-rules.ts'
import type { Identity } from './identity.ts'
import { type GrantScope, includesPattern } from './service-pattern.ts'

/** An audience of the tokens to call the revisions of some services. */
export interface CallAudience {
  readonly on: GrantScope
  readonly audience: string
}

/** The rules of an access file: they tell what each caller may do. */
export interface AccessRules {
  /** The access of a caller. The same identity gets the same object, so that only the first call costs something. */
  accessOf(identity: Identity): CallerAccess
}

/** Makes rules of grants. The order of the grants matters only for the claims that an entry keeps: the first grant decides. */
export function createAccessRules(grants: readonly Grant[], callAudiences: readonly CallAudience[] = []): AccessRules {
  // Callers without a credential come in any number, so little is done for them.
  const open = grants.filter(({ to }) => to.kind === 'anyone')
  const shared: SharedRules = {
    explain: (identity, permission, resource) =>
      explainClosest(identity.kind === 'anonymous' ? open : grants, { identity, permission, resource }),
    callAudience: (sruid) => audienceOf(callAudiences, sruid),
  }
  const findRules = indexRules(groupByGrantee(grants))
  const known = new WeakMap<Identity, CallerAccess>()
  return {
    accessOf: (identity) => {
      const before = known.get(identity)
      if (before !== undefined) return before
      const access = new GrantedAccess(identity, findRules(identity), shared)
      known.set(identity, access)
      return access
    },
  }
}

type FindRules = (identity: Identity) => readonly GranteeRules[]

function indexRules(all: readonly GranteeRules[]): FindRules {
  const anyone = all.filter(({ to }) => to.kind === 'anyone')
  const tokens = new Map(all.flatMap((rules) => (rules.to.kind === 'token' ? [[rules.to.name, rules]] : [])))
  const certificates = new Map(
    all.flatMap((rules) => (rules.to.kind === 'certificate' ? [[rules.to.subject, rules]] : [])),
  )
  const issuers = indexIssuers(all)
  const byKind: Readonly<Record<Identity['kind'], FindRules>> = {
    anonymous: () => [],
    token: ({ principal }) => toList(tokens.get(principal.subject ?? '')),
    certificate: ({ principal }) => toList(certificates.get(normalizeDistinguishedName(principal.subject ?? '') ?? '')),
    oidc: (identity) => {
      const candidates = issuers.get(identity.principal.issuer ?? '')?.candidates(identity.claims) ?? []
      const met = candidates.filter(({ claims }) => meetsAll(claims, identity.claims))
      return met.sort((a, b) => a.position - b.position)
    },
  }
  // The rules for anyone come last, so that an entry keeps the claims of a more exact grant.
  return (identity) => [...byKind[identity.kind](identity), ...anyone]
}

function indexIssuers(all: readonly GranteeRules[]): Map<string, ClaimIndex<GranteeRules>> {
  const ofIssuers = Map.groupBy(all, ({ to }) => (to.kind === 'oidc' ? to.issuer : undefined))
  return new Map(
    [...ofIssuers].flatMap(([issuer, rules]) => (issuer === undefined ? [] : [[issuer, new ClaimIndex(rules)]])),
  )
}

// The most exact pattern decides.
function audienceOf(callAudiences: readonly CallAudience[], sruid: Sruid): string {
  const fitting = callAudiences.filter(({ on }) => includesPattern(on, sruid))
  const exactness = ({ on }: CallAudience) => (on === 'all' ? 0 : on.name === undefined ? 1 : 2)
  const [chosen] = fitting.sort((a, b) => exactness(b) - exactness(a))
  return chosen?.audience ?? usualAudience(sruid)
}

function toList<T>(item: T | undefined): readonly T[] {
  return item === undefined ? [] : [item]
}
