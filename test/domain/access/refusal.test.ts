import { expect, test } from 'vitest'
import { createAccessRules } from '../../../src/domain/access/access-rules.ts'
import { anonymousIdentity, type Identity } from '../../../src/domain/access/identity.ts'
import type { Permission, Resource } from '../../../src/domain/access/permission.ts'
import { RegistryError } from '../../../src/domain/errors.ts'
import { parseServiceId } from '../../../src/domain/sruid.ts'
import { GITHUB, grant, named, oidc, withClaims } from './identities.ts'

const service = parseServiceId('my-org', 'my-service')
const secret = grant('admin', '*', withClaims({ repository: 'secret/x' }))

function refusalOf(identity: Identity, permission: Permission = 'register', resource: Resource = service) {
  try {
    createAccessRules([secret]).accessOf(identity).authorize(permission, resource)
  } catch (error) {
    if (error instanceof RegistryError) return error
  }
  throw new Error('it was not refused')
}

test('a caller without a credential is asked for a token', () => {
  expect(refusalOf(anonymousIdentity)).toMatchObject({
    reason: 'TOKEN_MISSING',
    code: 'unauthenticated',
    message:
      'permission "register" on "my-org/my-service" is missing for callers without a token; ' +
      'send a token in the header Authorization: Bearer TOKEN.',
  })
})

test('a refusal of a list names no service', () => {
  expect(refusalOf(anonymousIdentity, 'read', null).message).toMatch(/^permission "read" on any service is missing for/)
})

test('a caller with a token learns which permission is missing on which service for whom, and its own claims', () => {
  const identity = oidc({ iss: GITHUB, sub: 'x', exp: 1, actor: 'jane', repository: 'my-org/x', groups: ['a'] })
  expect(refusalOf(identity)).toMatchObject({
    reason: 'PERMISSION_DENIED',
    code: 'permission_denied',
    message:
      'permission "register" on "my-org/my-service" is missing for "github:my-org/x" ' +
      `(issuer "${GITHUB}", subject "repo:my-org/x"); ask the operator of the registry for a grant that fits these ` +
      'claims: repository "my-org/x", groups ["a"], actor "jane".',
  })
})

test.for([
  ['token', 'ci', 'the token "ci"'],
  ['certificate', 'CN=a,O=b', 'the certificate "CN=a,O=b"'],
] as const)('a refusal names a caller with a %s by its name', ([kind, subject, expected]) => {
  expect(refusalOf(named(kind, subject)).message).toBe(
    `permission "register" on "my-org/my-service" is missing for ${expected}; ask the operator of the registry for a grant.`,
  )
})

test('a refusal tells nothing of the grants of others', () => {
  expect(refusalOf(oidc({ repository: 'my-org/x' })).message).not.toContain('secret')
})

test.for([
  ['long claims', { repository: 'a'.repeat(8_000), actor: 'b'.repeat(8_000) }],
  ['many claims', Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`claim${index}`, 'x']))],
  ['a claim with a long name', { ['n'.repeat(8_000)]: 'x' }],
  ['a large object', { 'kubernetes.io': Array.from({ length: 2_000 }, () => ({ a: 1 })) }],
] as const)('a refusal stays short for a token with %s', ([, claims]) => {
  expect(refusalOf(oidc(claims)).message.length).toBeLessThan(1_500)
})

test('a refusal tells how many claims it leaves out', () => {
  const claims = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`claim${index}`, 'x'.repeat(30)]))
  expect(refusalOf(oidc(claims)).message).toMatch(/, claim23 "x+", and 76 more\.$/)
})

test('the claims of a caller cannot forge a line of a log', () => {
  const { message } = refusalOf(oidc({ actor: 'a\n\u202eb' }))
  expect(message).toContain('actor "a\\n\\u202eb"')
})

test('a name of a claim that is more than a word is quoted', () => {
  expect(refusalOf(oidc({ 'a, b "c"': 'x' })).message).toContain('"a, b \\"c\\"" "x"')
})
