import { describe, expect, test } from 'vitest'
import { isSamePrincipal, type Principal } from '../../../src/domain/access/principal.ts'
import { hashOf, principalDigest, redactPrincipal } from '../../../src/domain/entries/chain.ts'
import { registrationEntry } from '../../../src/domain/entries/new-entry.ts'
import { type Link, snapshotAfter } from '../../../src/domain/log.ts'
import { parseSruid } from '../../../src/domain/sruid.ts'

const registration = {
  ...{ id: 'id', principal: { name: 'somebody' }, salt: 'salt', now: 1_000 },
  ...{ sruid: parseSruid('my-org/my-service:1.2.9'), requestedDefault: null, becomesDefault: true },
}

// Both values were computed with Python's hashlib and json.
test('the digest of a principal is the SHA-256 of the salt and its canonical JSON', () => {
  expect(principalDigest({ name: 'somebody' }, 'salt')).toBe('9pxdw3mmSRPAV18o4v_vLaXdsA4e6yPCT0rpL3lZO8g')
})

test('the hash of an entry is the SHA-256 of the hash before it and its canonical form', () => {
  const first = registrationEntry(null, registration)
  expect(first.link).toMatchObject({ prev: '', hash: 'FU0dtUB6its9Jp7cB_CKZGISzW8xiJTMftQbuB9pAkI' })
})

test('the next entry has the hash of the entry before as its prev, and another hash', () => {
  const first = registrationEntry(null, registration)
  const second = registrationEntry(snapshotAfter(first), {
    ...registration,
    sruid: parseSruid('my-org/my-service:1.2.10'),
  })
  expect(second.link?.prev).toBe(first.link?.hash)
  expect(second.link?.hash).not.toBe(first.link?.hash)
})

test('the digests of one principal with two salts are different, so nobody can guess the principal from them', () => {
  const withSalt = (salt: string) => principalDigest({ name: 'somebody' }, salt)
  expect(withSalt('a')).not.toBe(withSalt('b'))
})

describe('a principal without its name', () => {
  const issuer = 'https://issuer.example'
  const jane: Principal = { name: 'Jane', issuer, subject: 'jane-1', claims: { email: 'jane@doe.example' } }
  const entry = registrationEntry(null, { ...registration, principal: jane })
  const redacted = redactPrincipal(jane, 'salt')
  const hash = (principal: Principal, salt: string) => hashOf({ ...entry, principal }, { ...link, salt })
  const link = entry.link as Link

  test('a principal without its name has only its issuer and its digest, and the hash of its entry is the same', () => {
    expect(redacted).toEqual({ name: 'redacted', issuer, digest: principalDigest(jane, 'salt') })
    expect(hash(redacted, '')).toBe(link.hash)
    expect(redactPrincipal(redacted, '')).toEqual(redacted)
  })

  test.for([
    [{ ...redacted, name: 'Mallory' }, ''],
    [{ ...redacted, subject: 'mallory' }, ''],
    [{ ...redacted, claims: {} }, ''],
    [{ ...redacted, issuer: 'https://other.example' }, ''],
    [redacted, 'salt'],
  ] as const)(
    'a digest beside other facts does not prove them: %j with the salt %j has another hash',
    ([claimed, salt]) => {
      expect(hash(claimed, salt)).not.toBe(link.hash)
    },
  )

  test('a principal without its name is nobody that sends a request again, not even itself', () => {
    expect(isSamePrincipal(redacted, redacted)).toBe(false)
    expect(isSamePrincipal(redacted, { name: 'redacted' })).toBe(false)
  })
})
