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
  ['it has the last bucket of a', half, 'user-42', 'a', 'bucket'],
  ['it has the first bucket after b', half, 'user-2', null, null],
  ['it is pinned', half, 'user-1', 'a', 'pinned'],
  ['it is pinned to the second candidate', half, 'pinned', 'b', 'pinned'],
  ['there is no key', half, null, null, null],
  ['there is no key, and a has all buckets', full, null, 'a', 'everybody'],
  ['a has all buckets', full, 'user-2', 'a', 'everybody'],
  ['it is pinned to b, and a has all buckets', full, 'user-1', 'b', 'pinned'],
  ['it is pinned to a held candidate', held, 'user-1', null, null],
  ['it has a bucket of a held candidate', held, 'user-42', null, null],
  ['it is pinned to a candidate, and another one is held', held, 'user-2', 'b', 'pinned'],
  ['the candidate with all buckets is held', allHeld, null, null, null],
] as const)('a key gives the right candidate if %s', ([, rollout, key, tag, by]) => {
  const chosen = candidateFor(rollout, key === null ? null : parseTargetingKey(key))
  expect(chosen && [chosen.candidate.tag, chosen.by]).toEqual(tag === null ? null : [tag, by])
})
