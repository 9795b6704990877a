import { expect, test } from 'vitest'
import {
  formatBuckets,
  fromStoredRollout,
  parseBuckets,
  type StoredRollout,
  toStoredRollout,
} from '../../../src/domain/entries/stored-rollout.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import type { Rollout } from '../../../src/domain/rollout/rollout.ts'

const usual = { reason: 'why', time: 1_000, generation: 7 }
const tag = '2.0.0' as RevisionTag
const rollout: Rollout = {
  candidates: [{ tag, weight: 0, pinnedKeys: [], buckets: [], isHeld: false }],
  ...{ salt: 's', reason: 'why', startTime: 1_000, updateTime: 1_000, setAt: 7 },
}
const candidate = {
  ...{ tag, weight: 300, pinnedKeys: ['a', 'b'], isHeld: true },
  buckets: [
    { from: 0, to: 100 },
    { from: 99_800, to: 100_000 },
  ],
}

test.for<[string, Partial<Rollout>, Partial<StoredRollout>]>([
  ['is the same as its entry', {}, {}],
  ['has another reason', { reason: '' }, { reason: '' }],
  ['began earlier', { startTime: 5 }, { startTime: 5 }],
  ['was updated and set by an earlier entry', { updateTime: 6, setAt: 3 }, { updateTime: 6, setAt: 3 }],
  [
    'has pinned keys, buckets, and a candidate that is held',
    { candidates: [candidate] },
    { candidates: [{ ...candidate, buckets: '0-100 99800-100000', isHeld: true }] },
  ],
])('a rollout that %s is stored without its usual parts, and comes back whole', ([, change, expected]) => {
  const whole = { ...rollout, ...change }
  const stored = toStoredRollout(whole, usual)
  expect(stored).toEqual({ candidates: [{ tag, weight: 0 }], salt: 's', ...expected })
  expect(fromStoredRollout(JSON.parse(JSON.stringify(stored)), usual)).toEqual(whole)
})

test('256 ranges of buckets are at most 3 KiB, and come back as they were', () => {
  const buckets = Array.from({ length: 256 }, (_, index) => ({ from: 99_000 + index * 2, to: 99_001 + index * 2 }))
  const text = formatBuckets(buckets)
  expect(text.length).toBeLessThanOrEqual(3 * 1024)
  expect(parseBuckets(text)).toEqual(buckets)
  expect(parseBuckets(formatBuckets([]))).toEqual([])
})
