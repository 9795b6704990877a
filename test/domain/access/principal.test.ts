import { expect, test } from 'vitest'
import { anonymous, isAnonymous, isSamePrincipal, type Principal } from '../../../src/domain/access/principal.ts'

const issuer = 'https://issuer.example'
const alice: Principal = { name: 'alice', issuer, subject: '1' }

test.for<[string, Principal, Principal, boolean]>([
  ['the same subject of the same issuer', alice, { name: 'alice', issuer, subject: '1' }, true],
  ['the same subject with another name', alice, { ...alice, name: 'alice run 2' }, true],
  ['the same subject with other claims', alice, { ...alice, claims: { ref: 'main' } }, true],
  ['another subject with the same name', alice, { ...alice, subject: '2' }, false],
  ['the same subject of another issuer', alice, { ...alice, issuer: 'https://another.example' }, false],
  ['an issuer with a slash at its end', alice, { ...alice, issuer: `${issuer}/` }, false],
  ['a caller that only has the same name', alice, { name: 'alice' }, false],
  ['an anonymous caller', alice, anonymous, false],
  ['a verified caller with the name of anonymous ones', anonymous, { ...alice, name: anonymous.name }, false],
  ['two anonymous callers', anonymous, { name: 'anonymous' }, true],
  ['two names without an issuer', { name: 'import' }, { name: 'anonymous' }, false],
])('whether two principals are the same caller does not depend on their names: %s', ([, a, b, expected]) => {
  expect(isSamePrincipal(a, b)).toBe(expected)
  expect(isSamePrincipal(b, a)).toBe(expected)
})

test.for<[Principal, boolean]>([
  [anonymous, true],
  [{ name: 'anonymous' }, true],
  [{ name: 'import' }, false],
  [{ name: 'anonymous', issuer }, false],
  [{ name: 'anonymous', subject: '1' }, false],
  [{ name: 'anonymous', claims: {} }, false],
])('the principal %j is anonymous: %s', ([principal, expected]) => {
  expect(isAnonymous(principal)).toBe(expected)
})
