import { expect, test } from 'vitest'
import { candidateFor } from '../../../src/domain/rollout/candidate-for.ts'
import { parseTargetingKey } from '../../../src/domain/rollout/targeting-key.ts'
import { rolloutOf } from '../../support/rollouts.ts'

// The buckets of the salt s1: 13,933 for user-42, 16,728 for user-2, and 89,799 for user-1.
const half = rolloutOf([
  { tag: 'a', weight: 13_934, pinnedKeys: ['user-1'] },
  { tag: 'b', weight: 2_794, pinnedKeys: ['pinned'] },
])
const full = rolloutOf([
  { tag: 'a', weight: 100_000 },
  { tag: 'b', pinnedKeys: ['user-1'] },
])
const held = rolloutOf([
  { tag: 'a', weight: 99_999, pinnedKeys: ['user-1'], isHeld: true },
  { tag: 'b', weight: 1, pinnedKeys: ['user-2'] },
])
const allHeld = rolloutOf([{ tag: 'a', weight: 100_000, isHeld: true }])

test.for([
  [half, 'user-42', 'a', 'bucket', 'it has the last bucket of a'],
  [half, 'user-2', null, null, 'it has the first bucket after b'],
  [half, 'user-1', 'a', 'pinned', 'it is pinned'],
  [half, 'pinned', 'b', 'pinned', 'it is pinned to the second candidate'],
  [half, null, null, null, 'there is no key'],
  [full, null, 'a', 'everybody', 'a has all buckets'],
  [full, 'user-2', 'a', 'everybody', 'a has all buckets'],
  [full, 'user-1', 'b', 'pinned', 'a pinned key counts more than the buckets'],
  [held, 'user-1', null, null, 'the candidate to which it is pinned is held'],
  [held, 'user-42', null, null, 'the candidate with its bucket is held'],
  [held, 'user-2', 'b', 'pinned', 'the other candidate is held'],
  [allHeld, null, null, null, 'the candidate with all buckets is held'],
] as const)('for %#: the key %2$j gets the candidate %3$j', ([rollout, key, tag, by, why]) => {
  const chosen = candidateFor(rollout, key === null ? null : parseTargetingKey(key))
  expect(chosen && [chosen.candidate.tag, chosen.by], why).toEqual(tag === null ? null : [tag, by])
})
