import { expect, test } from 'vitest'
import { principalDigest } from '../../../src/domain/entries/chain.ts'
import { registrationEntry } from '../../../src/domain/entries/new-entry.ts'
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
  const second = registrationEntry(first, { ...registration, sruid: parseSruid('my-org/my-service:1.2.10') })
  expect(second.link?.prev).toBe(first.link?.hash)
  expect(second.link?.hash).not.toBe(first.link?.hash)
})

test('the digests of one principal with two salts are different, so nobody can guess the principal from them', () => {
  const withSalt = (salt: string) => principalDigest({ name: 'somebody' }, salt)
  expect(withSalt('a')).not.toBe(withSalt('b'))
})
