import { expect, test } from 'vitest'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { withHeld, withoutCandidate } from '../../../src/domain/rollout/change-rollout.ts'
import { rolloutOf } from '../../support/rollouts.ts'

const A = 'a' as RevisionTag
const B = 'b' as RevisionTag
const C = 'c' as RevisionTag
const both = rolloutOf([
  { tag: 'a', weight: 10 },
  { tag: 'b', weight: 5 },
])

test('a rollout without one of its candidates has the others, with the buckets that they had', () => {
  expect(withoutCandidate(both, A)).toEqual({ ...both, candidates: [both.candidates[1]] })
})

test('a rollout without its last candidate ends', () => {
  expect(withoutCandidate(rolloutOf([{ tag: 'a' }]), A)).toBeNull()
})

test('a rollout without a candidate that it does not have stays the same object', () => {
  expect(withoutCandidate(both, C)).toBe(both)
})

test('a held candidate keeps its buckets, and the others stay as they are', () => {
  const held = withHeld(both, B, true)
  expect(held.candidates).toEqual([both.candidates[0], { ...both.candidates[1], isHeld: true }])
  expect(withHeld(held, B, false)).toEqual(both)
})

test('a rollout in which nothing is held anew stays the same object', () => {
  expect(withHeld(both, A, false)).toBe(both)
  expect(withHeld(both, C, true)).toBe(both)
})
