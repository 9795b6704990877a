import { expect, test } from 'vitest'
import { type ClaimMatcher, matchedPart, meetsAll, pickClaims } from '../../../src/domain/access/claim-matcher.ts'

const is = (path: string, text: string): ClaimMatcher => ({ path: path.split('>'), text, isPrefix: false })
const begins = (path: string, text: string): ClaimMatcher => ({ path: path.split('>'), text, isPrefix: true })

const claims = {
  repository: 'my-org/x',
  repository_owner_id: '123',
  id: 123,
  huge: 2 ** 60,
  part: 1.5,
  email_verified: true,
  nothing: null,
  groups: ['dev', 'ops/eu', 7, ['nested']],
  'kubernetes.io': { namespace: 'prod', serviceaccount: { name: 'deployer', uid: 'u-1' } },
}

test.for([
  ['a text that is equal', is('repository', 'my-org/x'), 'my-org/x'],
  ['a text that begins so', begins('repository', 'my-org/'), 'my-org/x'],
  ['a text that is equal to the beginning', begins('repository', 'my-org/x'), 'my-org/x'],
  ['a number, by its digits', is('id', '123'), 123],
  ['a boolean, by its word', is('email_verified', 'true'), true],
  ['one member of an array', is('groups', 'dev'), 'dev'],
  ['one member of an array that begins so', begins('groups', 'ops/'), 'ops/eu'],
  ['a number in an array', is('groups', '7'), 7],
  ['a claim in a claim', is('kubernetes.io>serviceaccount>name', 'deployer'), 'deployer'],
] as const)('a condition is met by %s', ([, matcher, expected]) => {
  expect(matchedPart(matcher, claims)).toBe(expected)
})

test.for([
  ['a text in other letters', is('repository', 'My-Org/x')],
  ['a text that is longer', is('repository', 'my-org')],
  ['a text that begins otherwise', begins('repository', 'other/')],
  ['a claim that is missing', is('ref', 'x')],
  ['null', is('nothing', 'null')],
  ['a number that JSON cannot keep exactly', is('huge', String(2 ** 60))],
  ['a number with a fraction', is('part', '1.5')],
  ['an array in an array', is('groups', 'nested')],
  ['the texts of an array together', is('groups', 'dev,ops/eu')],
  ['an object', is('kubernetes.io', '[object Object]')],
  ['a name that goes on in a text', is('repository>length', '8')],
  ['a member of the prototype', begins('constructor>name', 'Obj')],
  ['the prototype', begins('__proto__>constructor>name', 'Obj')],
] as const)('a condition is not met by %s', ([, matcher]) => {
  expect(matchedPart(matcher, claims)).toBeUndefined()
})

test('a condition is not met by a member that the claims have from their prototype', () => {
  const inherited = Object.create({ repository: 'my-org/x' }) as Record<string, unknown>
  expect(matchedPart(is('repository', 'my-org/x'), inherited)).toBeUndefined()
})

test('all conditions must be met', () => {
  expect(meetsAll([is('repository', 'my-org/x'), is('id', '123')], claims)).toBe(true)
  expect(meetsAll([is('repository', 'my-org/x'), is('id', '124')], claims)).toBe(false)
  expect(meetsAll([], claims)).toBe(true)
})

test('only the parts that meet conditions are picked: not the rest of an array or of an object', () => {
  const conditions = [
    is('repository', 'my-org/x'),
    is('groups', 'ops/eu'),
    is('kubernetes.io>namespace', 'prod'),
    is('kubernetes.io>serviceaccount>name', 'deployer'),
  ]
  expect(pickClaims(conditions, claims)).toEqual({
    repository: 'my-org/x',
    groups: 'ops/eu',
    'kubernetes.io': { namespace: 'prod', serviceaccount: { name: 'deployer' } },
  })
})

test('a claim with the name __proto__ is picked as a claim', () => {
  const token = JSON.parse('{"__proto__": "x", "a": "b"}') as Record<string, unknown>
  const picked = pickClaims([is('__proto__', 'x')], token)
  expect(Object.entries(picked)).toEqual([['__proto__', 'x']])
})
