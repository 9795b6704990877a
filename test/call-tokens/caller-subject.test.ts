import { describe, expect, test } from 'vitest'
import { identityOfCertificate } from '../../src/auth/certificates.ts'
import { createStaticTokens } from '../../src/auth/static-tokens.ts'
import { toSubject } from '../../src/call-tokens/caller-subject.ts'
import { anonymousIdentity, type Identity } from '../../src/domain/access/identity.ts'

const oidc = (issuer: string, subject: string): Identity => {
  return { kind: 'oidc', principal: { name: 'anything', issuer, subject }, claims: {} }
}
const github = 'https://token.actions.githubusercontent.com'

describe('the subject of a token', () => {
  test.for<readonly [Identity, string]>([
    [anonymousIdentity, 'waypost:anonymous'],
    [oidc('https://accounts.google.com', '10820'), 'https://accounts.google.com#10820'],
    [oidc(github, 'repo:my-org/a:ref:refs/tags/1'), `${github}#repo%3Amy-org%2Fa%3Aref%3Arefs%2Ftags%2F1`],
    [identityOfCertificate({ subject: 'CN=a,O=My Org', isTrusted: true }), 'waypost:certificate#CN%3Da%2CO%3DMy%20Org'],
    [{ kind: 'token', principal: { name: 'ci-legacy' }, claims: {} }, 'waypost:token#ci-legacy'],
  ])('the subject of %o is %s, which is a URI', ([identity, expected]) => {
    expect(toSubject(identity)).toBe(expected)
    expect(URL.canParse(expected)).toBe(true)
  })

  test('the subject of a static token has its name', () => {
    const sha256 = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae'
    const identity = createStaticTokens([{ name: 'ci-legacy', sha256 }]).authenticate('foo')
    expect(toSubject(identity as Identity)).toBe('waypost:token#ci-legacy')
  })

  test('two callers never have the same subject, even if their issuers and their names contain a "#"', () => {
    const callers = [
      oidc('https://a', 'b#c'),
      oidc('https://a#b', 'c'),
      oidc('https://a', 'b%23c'),
      oidc('https://a', 'b'),
    ]
    expect(new Set(callers.map(toSubject)).size).toBe(callers.length)
  })
})
