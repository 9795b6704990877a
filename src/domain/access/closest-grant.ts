import { type ClaimMatcher, claimAt, formatCondition, formatPath, matchedPart } from './claim-matcher.ts'
import { normalizeDistinguishedName } from './distinguished-name.ts'
import { formatGrantee, type Grant, type Grantee } from './grant.ts'
import type { Identity } from './identity.ts'
import type { Permission, Resource } from './permission.ts'
import { describeResource, quoteValue } from './refusal.ts'
import { formatServicePattern, includesPattern } from './service-pattern.ts'

/** A request for a permission. */
export interface Question {
  readonly identity: Identity
  readonly permission: Permission
  readonly resource: Resource
}

/** A grant, and the reasons why it does not give a permission. */
export interface Distance {
  readonly grant: Grant
  /** For people, such as `ref is "refs/heads/main", not "refs/tags/*"`. Empty: the grant gives the permission. */
  readonly differences: readonly string[]
}

/** The first grant that gives a permission or, if none does, the grant that comes closest. Undefined: there are no grants. */
export function closestGrant(grants: readonly Grant[], question: Question): Distance | undefined {
  let closest: Grant | undefined
  let least = Number.POSITIVE_INFINITY
  for (const grant of grants) {
    const distance = distanceOf(grant, question, least)
    if (distance < least) [closest, least] = [grant, distance]
    if (least === 0) break
  }
  return closest && { grant: closest, differences: differencesOf(closest, question) }
}

/** Tells which grant comes closest, and what differs. Only for the log and for people who may read the access file. */
export function explainClosest(grants: readonly Grant[], question: Question): string {
  const closest = closestGrant(grants, question)
  if (closest === undefined)
    return question.identity.kind === 'anonymous' ? 'no grant is for anyone' : 'there are no grants'
  const { grant, differences } = closest
  if (differences.length > 0) return `${grant.place} comes closest, but ${differences.join(', and ')}`
  return `${grant.place} gives ${question.permission} on ${describeResource(question.resource)}`
}

// A grant for other callers is farther away than one for other services, and this is farther than another claim.
const OTHER_CALLER = 1_000_000
const OTHER_RIGHT = 1_000

// Every grant is measured, so nothing is made for those that are not the closest. A distance from `least` on is not exact.
function distanceOf(grant: Grant, question: Question, least: number): number {
  const { to } = grant
  const { identity } = question
  const right = (gives(grant, question) ? 0 : OTHER_RIGHT) + (covers(grant, question) ? 0 : OTHER_RIGHT)
  if (right >= least) return right
  if (!isForKind(to, identity)) return right + OTHER_CALLER
  return to.kind === 'oidc' ? right + countUnmet(to.claims, identity) : right
}

function differencesOf(grant: Grant, question: Question): string[] {
  const { to, permissions, on } = grant
  const { identity } = question
  const claims = to.kind === 'oidc' && isForKind(to, identity) ? unmet(to.claims, identity) : []
  return [
    ...(isForKind(to, identity) ? [] : [`it is for ${formatGrantee(to)}`]),
    ...claims.map((matcher) => describeUnmet(matcher, identity)),
    ...(gives(grant, question) ? [] : [`it gives ${permissions.join(', ')}`]),
    ...(covers(grant, question) ? [] : [`it is on ${on.map(formatServicePattern).join(', ')}`]),
  ]
}

function isForKind(to: Grantee, { kind, principal }: Identity): boolean {
  const { subject = '', issuer } = principal
  if (to.kind === 'anyone') return true
  if (to.kind !== kind) return false
  if (to.kind === 'token') return subject === to.name
  return to.kind === 'oidc' ? issuer === to.issuer : normalizeDistinguishedName(subject) === to.subject
}

function countUnmet(claims: readonly ClaimMatcher[], identity: Identity): number {
  let count = 0
  for (const matcher of claims) if (matchedPart(matcher, identity.claims) === undefined) count++
  return count
}

function unmet(claims: readonly ClaimMatcher[], identity: Identity): readonly ClaimMatcher[] {
  return claims.filter((matcher) => matchedPart(matcher, identity.claims) === undefined)
}

function describeUnmet(matcher: ClaimMatcher, { claims }: Identity): string {
  const value = claimAt(claims, matcher.path)
  const given = value === undefined ? 'is missing' : `is ${quoteValue(value)}`
  return `${formatPath(matcher.path)} ${given}, not ${quoteValue(formatCondition(matcher))}`
}

function gives({ permissions }: Grant, { permission }: Question): boolean {
  return permissions.includes(permission) || permissions.includes('admin')
}

function covers({ on }: Grant, { resource }: Question): boolean {
  if (resource === null) return true
  for (const scope of on) if (includesPattern(scope, resource)) return true
  return false
}
