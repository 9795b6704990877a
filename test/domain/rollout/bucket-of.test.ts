import murmurhash from 'murmurhash'
import { expect, test } from 'vitest'
import { bucketOf } from '../../../src/domain/rollout/bucket-of.ts'
import { goldenVectors } from '../../support/golden-vectors.ts'

test.for(goldenVectors)('the key $key with the salt $salt has the bucket $bucket', ({ salt, key, hash, bucket }) => {
  expect(murmurhash.v3(`${salt}:${key}`, 0)).toBe(hash)
  expect(bucketOf(salt, key)).toBe(bucket)
})

test('keys are dealt evenly among the buckets', () => {
  const tenths = new Array<number>(10).fill(0)
  for (let user = 0; user < 100_000; user++) {
    const tenth = Math.floor(bucketOf('s1', `user-${user}`) / 10_000)
    tenths[tenth] = (tenths[tenth] ?? 0) + 1
  }
  // Six standard deviations of a fair deal are 570.
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(570)
})
