import { createAccessRules } from '../../domain/access/access-rules.ts'
import type { Claims } from '../../domain/access/claim-matcher.ts'
import { closestGrant } from '../../domain/access/closest-grant.ts'
import type { Grant } from '../../domain/access/grant.ts'
import type { Identity } from '../../domain/access/identity.ts'
import type { Permission, Resource } from '../../domain/access/permission.ts'
import { quote } from '../../domain/errors.ts'
import { nameOf } from '../names.ts'
import { withoutFinalSlash } from '../oidc/check-claims.ts'
import type { AccessFile } from './access-file.ts'

/** Whether the caller with some claims has a permission, and why. */
export interface Decision {
  readonly isAllowed: boolean
  /** The grant that gives the permission, or the one that comes closest. Undefined: the token itself would be refused. */
  readonly grant: Grant | undefined
  /** The reasons why the permission is missing. Empty if it is not. */
  readonly reasons: readonly string[]
}

/** The grants that apply to a caller, and whether it has a permission. */
export interface CheckedCaller {
  readonly name: string
  readonly grants: readonly Grant[]
  decide(permission: Permission, resource: Resource): Decision
}

/**
 * Tells what the caller with a token of these claims may do. Nothing is verified but the issuer and, if it is there, the
 * audience.
 */
export function checkCaller(file: AccessFile, claims: Claims): CheckedCaller {
  const refusal = tokenProblem(file, claims)
  const identity = toIdentity(claims)
  const rules = createAccessRules(file.grants)
  const applies = (grant: Grant) => createAccessRules([grant]).accessOf(identity).grants.length > 0
  return {
    name: identity.principal.name,
    grants: refusal === undefined ? file.grants.filter(applies) : [],
    decide: (permission, resource) => {
      if (refusal !== undefined) return { isAllowed: false, grant: undefined, reasons: [refusal] }
      const closest = closestGrant(file.grants, { identity, permission, resource })
      const isAllowed = rules.accessOf(identity).may(permission, resource)
      return { isAllowed, grant: closest?.grant, reasons: closest?.differences ?? ['there are no grants'] }
    },
  }
}

function toIdentity(claims: Claims): Identity {
  const issuer = textOf(claims.iss)
  const subject = textOf(claims.sub)
  const name = URL.canParse(issuer) ? nameOf(issuer, subject, claims) : subject
  return { kind: 'oidc', principal: { name, issuer, subject }, claims }
}

function tokenProblem({ issuers, audiences }: AccessFile, { iss, aud }: Claims): string | undefined {
  const known = issuers.map(({ issuer }) => issuer)
  if (typeof iss !== 'string') return 'the claims have no iss; add the issuer'
  if (!known.includes(iss)) return `iss ${quote(iss)} is not in issuers`
  // Claims that were written by hand may have no audience.
  if (aud === undefined) return undefined
  const allowed = audiences.map(withoutFinalSlash)
  const given = (Array.isArray(aud) ? aud : [aud]).map(String)
  const isOne = given.length === 1 && allowed.includes(withoutFinalSlash(given[0] ?? ''))
  return isOne ? undefined : `aud ${quote(given.join(', '))} is not one of the audiences`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
