import { expect, test } from 'vitest'
import { type CallAudience, createAccessRules } from '../../../src/domain/access/access-rules.ts'
import type { ClaimMatcher } from '../../../src/domain/access/claim-matcher.ts'
import type { Grant } from '../../../src/domain/access/grant.ts'
import { anonymousIdentity, type Identity } from '../../../src/domain/access/identity.ts'
import { type Permission, permissions } from '../../../src/domain/access/permission.ts'
import { formatServicePattern } from '../../../src/domain/access/service-pattern.ts'
import { parseServiceId, parseSruid } from '../../../src/domain/sruid.ts'
import { GITHUB, grant, named, oidc, withClaims } from './identities.ts'

const service = parseServiceId('my-org', 'my-service')
const anyone = { kind: 'anyone' } as const
const mine = withClaims({ repository: 'my-org/x' })
const me = oidc({ repository: 'my-org/x', ref: 'refs/heads/main', actor: 'jane' })

const accessOf = (grants: readonly Grant[], identity: Identity) => createAccessRules(grants).accessOf(identity)
const given = (grants: readonly Grant[], identity: Identity): Permission[] =>
  permissions.filter((permission) => accessOf(grants, identity).may(permission, service))

test.for([
  ['one grant', [grant('read', '*', mine)], ['read']],
  ['several grants, which are added up', [grant('read', '*', mine), grant('call', 'my-org/*', mine)], ['read', 'call']],
  ['grants to different sets of callers', [grant('read', '*', anyone), grant('call', '*', mine)], ['read', 'call']],
  ['admin, which includes everything', [grant('admin', 'my-org/my-service', mine)], permissions],
  ['a grant on another namespace', [grant('read', 'other/*', mine)], []],
  ['a grant on another service', [grant('read', 'my-org/other', mine)], []],
  ['one of several patterns', [grant('read', 'other/*,my-org/my-service', mine)], ['read']],
  ['register, which does not include read', [grant('register', '*', mine)], ['register']],
  ['a grant to another caller', [grant('read', '*', withClaims({ repository: 'my-org/y' }))], []],
  [
    'a grant to the same claims of another issuer',
    [grant('read', '*', withClaims({ repository: 'my-org/x' }, 'x'))],
    [],
  ],
  ['a grant of which one claim differs', [grant('read', '*', withClaims({ repository: 'my-org/x', ref: 'y' }))], []],
  ['a grant with a beginning', [grant('read', '*', withClaims({ ref: 'refs/heads/*', actor: 'jane' }))], ['read']],
  ['a grant to every account of the issuer', [grant('read', '*', withClaims({}))], ['read']],
  ['a token with the name of a claim', [grant('read', '*', { kind: 'token', name: 'my-org/x' })], []],
] as const)('the permissions by %s', ([, grants, expected]) => {
  expect(given(grants, me)).toEqual(expected)
})

test.for([
  ['an anonymous caller has only what anyone has', anonymousIdentity, ['read']],
  ['a static token has its own grants and those of anyone', named('token', 'ci'), ['read', 'manage']],
  ['another static token has the grants of anyone', named('token', 'ci2'), ['read']],
  ['a certificate is compared by its normal form', named('certificate', 'cn=a\\2C b, o=x'), ['read', 'delete']],
  ['a certificate with the name of a token is not this token', named('certificate', 'ci'), ['read']],
] as const)('%s', ([, identity, expected]) => {
  const grants = [
    grant('read', '*', anyone),
    grant('manage', '*', { kind: 'token', name: 'ci' }),
    grant('delete', '*', { kind: 'certificate', subject: 'CN=a\\, b,O=x' }),
  ]
  expect(given(grants, identity)).toEqual(expected)
})

test('the same identity gets the same access, and an equal one gets another', () => {
  const rules = createAccessRules([grant('read', '*', mine)])
  expect(rules.accessOf(me)).toBe(rules.accessOf(me))
  expect(rules.accessOf({ ...me })).not.toBe(rules.accessOf(me))
})

test.for([
  ['nothing', [grant('register', '*', mine)], []],
  ['everything', [grant('read', '*', mine), grant('read', 'a/b', mine)], 'all'],
  ['everything by admin', [grant('admin', '*', mine)], 'all'],
  [
    'namespaces and services, without those that are part of another pattern',
    [grant('read', 'a/x,b/*,a/*', mine), grant('read', 'c/x,b/y', anyone), grant('call', 'd/*', mine)],
    [{ namespace: 'a' }, { namespace: 'b' }, { namespace: 'c', name: 'x' }],
  ],
] as const)('the services that a caller may list are %s', ([, grants, expected]) => {
  expect(accessOf(grants, me).readable).toEqual(expected)
})

test('on the registry as a whole, a permission on any service is enough', () => {
  const access = accessOf([grant('read', 'a/x', mine)], me)
  expect(access.may('read', null)).toBe(true)
  expect(access.may('register', null)).toBe(false)
  expect(accessOf([], me).may('read', null)).toBe(false)
})

test.for([
  ['read', false],
  ['call', false],
  ['register', true],
  ['manage', true],
  ['delete', true],
  ['admin', true],
] as const)('whether a caller with %s sees who made changes: %s', ([permission, expected]) => {
  expect(accessOf([grant(permission, 'my-org/*', mine)], me).seesActors(service)).toBe(expected)
  expect(accessOf([grant(permission, 'other/*', mine)], me).seesActors(service)).toBe(false)
})

test('the actor of a change has only the claims that its grant asked for', () => {
  const to = withClaims({ repository: 'my-org/x', ref: 'refs/heads/*' })
  const access = accessOf([grant('register', '*', to)], me)
  const expected = { ...me.principal, claims: { repository: 'my-org/x', ref: 'refs/heads/main' } }
  expect(access.authorize('register', service)).toEqual(expected)
  expect(access.authorize('register', service)).toBe(access.authorize('register', service))
})

test('the first grant with claims decides which claims the actor has, even after a grant to anyone', () => {
  const grants = [
    grant('register', '*', anyone),
    grant('register', 'other/*', withClaims({ repository: 'my-org/x' })),
    grant('register', '*', withClaims({ actor: 'jane' })),
    grant('register', '*', withClaims({ ref: 'refs/heads/main' })),
  ]
  expect(accessOf(grants, me).authorize('register', service).claims).toEqual({ actor: 'jane' })
})

test('the actor without a grant with claims has no claims', () => {
  const token = named('token', 'ci')
  expect(accessOf([grant('register', '*', { kind: 'token', name: 'ci' })], token).authorize('register', service)).toBe(
    token.principal,
  )
  expect(accessOf([grant('register', '*', anyone)], me).authorize('register', service)).toEqual(me.principal)
})

test('a caller sees its own grants, without their conditions', () => {
  const grants = [grant('read,call', 'my-org/*,a/b', mine), grant('admin', '*', withClaims({ repository: 'secret/x' }))]
  expect(accessOf(grants, me).grants).toEqual([{ permissions: ['read', 'call'], on: ['my-org/*', 'a/b'] }])
})

test.for([
  ['my-org/my-service:1', 'one'],
  ['my-org/other:1', 'namespace'],
  ['other/x:1', 'all'],
] as const)('the audience of a token to call %s is that of the most exact pattern: %s', ([sruid, expected]) => {
  const audiences: CallAudience[] = [
    { on: { namespace: 'my-org' }, audience: 'namespace' },
    { on: 'all', audience: 'all' },
    { on: { namespace: 'my-org', name: 'my-service' }, audience: 'one' },
  ]
  const access = createAccessRules([], audiences).accessOf(me)
  expect(access.callAudience(parseSruid(sruid))).toBe(expected)
})

test('the audience of a token to call a revision names the revision if no pattern fits', () => {
  const audiences: CallAudience[] = [{ on: { namespace: 'other' }, audience: 'x' }]
  const access = createAccessRules([], audiences).accessOf(me)
  expect(access.callAudience(parseSruid('my-org/my-service:1.2.9'))).toBe('waypost:my-org/my-service:1.2.9')
})

test('the index finds each grant among many, by whichever of its claims is rare', () => {
  const of = (index: number) => ({
    owner: String(index % 7),
    repository: `my-org/r${index}`,
    ref: `refs/${index % 3}/x`,
  })
  const grants = Array.from({ length: 300 }, (_, index) => {
    const { owner, repository } = of(index)
    const claims: Record<string, string> =
      index % 3 === 0 ? { owner, repository } : index % 3 === 1 ? { repository: `${repository}*`, owner } : { owner }
    return grant('read', `ns-${index}/*`, withClaims(claims))
  })
  for (let index = 0; index < 300; index++) {
    const identity = oidc(of(index), GITHUB)
    const expected = grants.filter(({ to }) => to.kind === 'oidc' && to.claims.every((claim) => fits(claim, of(index))))
    const found = accessOf(grants, identity).grants.flatMap(({ on }) => on)
    // Grants to the same callers stand together, so the order differs.
    expect(found.toSorted()).toEqual(expected.flatMap(({ on }) => on.map(formatServicePattern)).toSorted())
  }
})

function fits({ path: [name = ''], text, isPrefix }: ClaimMatcher, claims: Record<string, string>): boolean {
  return isPrefix ? (claims[name]?.startsWith(text) ?? false) : claims[name] === text
}
