import { expect, test } from 'vitest'
import { createAccessRules } from '../../../src/domain/access/access-rules.ts'
import type { Grant } from '../../../src/domain/access/grant.ts'
import { anonymousIdentity, type Identity } from '../../../src/domain/access/identity.ts'
import { parseServiceId } from '../../../src/domain/sruid.ts'
import { grant, named, oidc, withClaims } from './identities.ts'

const service = parseServiceId('my-org', 'my-service')
const explain = (grants: readonly Grant[], identity: Identity) =>
  createAccessRules(grants).accessOf(identity).explainRefusal('register', service)

const me = oidc({ repository: 'my-org/x', ref: 'refs/heads/main', 'kubernetes.io': { namespace: 'dev' } })
const far = grant('register', '*', withClaims({ repository: 'other/y', ref: 'refs/tags/*' }), 'grants[0] (line 9)')

test.for([
  [
    'the grant of which the fewest claims differ, with the claims',
    [far, grant('register', '*', withClaims({ repository: 'my-org/x', ref: 'refs/tags/*' }), 'grants[1] (line 12)')],
    me,
    'grants[1] (line 12) comes closest, but ref is "refs/heads/main", not "refs/tags/*"',
  ],
  [
    'a grant whose claims differ before one that gives something else',
    [grant('read', '*', withClaims({ repository: 'my-org/x' }), 'grants[1] (line 12)'), far],
    me,
    'grants[0] (line 9) comes closest, but repository is "my-org/x", not "other/y", and ref is "refs/heads/main", not "refs/tags/*"',
  ],
  [
    'a grant with another permission',
    [grant('read,call', 'my-org/*', withClaims({ repository: 'my-org/x' }))],
    me,
    'grants[0] (line 9) comes closest, but it gives read, call',
  ],
  [
    'a grant on another service',
    [grant('register', 'my-org/other,a/*', withClaims({ repository: 'my-org/x' }))],
    me,
    'grants[0] (line 9) comes closest, but it is on my-org/other, a/*',
  ],
  [
    'a grant to another issuer',
    [grant('register', '*', withClaims({ sub: 'x' }, 'https://i.example'))],
    me,
    'grants[0] (line 9) comes closest, but it is for iss "https://i.example", sub "x"',
  ],
  [
    'a claim that is missing',
    [grant('register', '*', withClaims({ environment: 'prod' }))],
    me,
    'grants[0] (line 9) comes closest, but environment is missing, not "prod"',
  ],
  [
    'a claim in a claim',
    [
      grant('register', '*', {
        kind: 'oidc',
        issuer: me.principal.issuer ?? '',
        claims: [{ path: ['kubernetes.io', 'namespace'], text: 'prod', isPrefix: false }],
      }),
    ],
    me,
    'grants[0] (line 9) comes closest, but kubernetes.io > namespace is "dev", not "prod"',
  ],
  [
    'another static token',
    [grant('register', '*', { kind: 'token', name: 'ci' })],
    named('token', 'ci2'),
    'grants[0] (line 9) comes closest, but it is for token "ci"',
  ],
  [
    'another certificate',
    [grant('register', '*', { kind: 'certificate', subject: 'CN=a' })],
    named('certificate', 'CN=b'),
    'grants[0] (line 9) comes closest, but it is for certificate "CN=a"',
  ],
  [
    'a grant to anyone with another permission, for a caller without a credential',
    [grant('read', '*', { kind: 'anyone' })],
    anonymousIdentity,
    'grants[0] (line 9) comes closest, but it gives read',
  ],
  ['no grant of an empty file', [], me, 'there are no grants'],
  ['no grant to others, for a caller without a credential', [far], anonymousIdentity, 'no grant is for anyone'],
  [
    'the grant that gives the permission',
    [grant('admin', '*', { kind: 'anyone' })],
    me,
    'grants[0] (line 9) gives register on "my-org/my-service"',
  ],
] as const)('an explanation names %s', ([, grants, identity, expected]) => {
  expect(explain(grants, identity)).toBe(expected)
})

test('an explanation names the first of the grants that are equally close', () => {
  const second = { ...far, place: 'grants[1] (line 10)' }
  expect(explain([far, second], me)).toMatch(/^grants\[0\] \(line 9\) comes closest/)
})

test('an explanation stays short for a token with long claims', () => {
  const text = explain([far], oidc({ repository: 'a'.repeat(8_000), ref: 'b'.repeat(8_000) }))
  expect(text.length).toBeLessThan(1_000)
})
