import { expect, test } from 'vitest'
import { type GivenRollout, parseRollout } from '../../../src/domain/rollout/parse-rollout.ts'

const candidate = (revisionTag: string, weight = 0, ...pinnedKeys: readonly string[]) => ({
  revisionTag,
  weight,
  pinnedKeys,
})
const numbered = (count: number) => Array.from({ length: count }, (_, index) => candidate(`1.0.${index}`))
const keys = (count: number, length = 1) =>
  Array.from({ length: count }, (_, index) => `${index}`.padStart(length, '-'))

test('a requested rollout has the tags, the weights, the pinned keys and the salt that were given', () => {
  const given = { candidates: [candidate('2.0.0', 10_000, 'user-1', 'user-2'), candidate('main', 90_000)], salt: 's1' }
  expect(parseRollout(given)).toEqual({
    candidates: [
      { tag: '2.0.0', weight: 10_000, pinnedKeys: ['user-1', 'user-2'] },
      { tag: 'main', weight: 90_000, pinnedKeys: [] },
    ],
    salt: 's1',
  })
})

test.for([undefined, ''])('a requested rollout with the salt %j has none', (salt) => {
  expect(parseRollout({ candidates: [{ revisionTag: '2.0.0', weight: 100_000 }], salt }).salt).toBeNull()
})

test.for<GivenRollout>([
  { candidates: numbered(8) },
  { candidates: [candidate('2.0.0', 0)] },
  { candidates: [candidate('2.0.0', 0, ...keys(50)), candidate('2.0.1', 0, ...keys(50, 3))] },
  { candidates: [candidate('2.0.0', 0, ...keys(64, 256))] },
  { candidates: [candidate('2.0.0')], salt: '😀'.repeat(64) },
])('a requested rollout at a bound is accepted (case %#)', (given) => {
  expect(parseRollout(given).candidates).toHaveLength(given.candidates.length)
})

const weightOf = (weight: number) => ({ candidates: [candidate('2.0.0', 1), candidate('2.0.1', weight)] })
const TEXT = 'use well-formed Unicode text without control characters and line breaks.'

test.for<[given: GivenRollout, field: string, message: string, reason?: string]>([
  [{ candidates: [] }, 'candidates', 'candidates has no entries; use 1 to 8, or end the rollout.'],
  [{ candidates: numbered(9) }, 'candidates', 'candidates has 9 entries; use at most 8.'],
  [weightOf(-1), 'candidates[1].weight', 'candidates[1].weight is -1; use a whole number from 0 to 100000.'],
  [weightOf(100_001), 'candidates[1].weight', 'candidates[1].weight is 100001; use a whole number from 0 to 100000.'],
  [weightOf(0.5), 'candidates[1].weight', 'candidates[1].weight is 0.5; use a whole number from 0 to 100000.'],
  [weightOf(Number.NaN), 'candidates[1].weight', 'candidates[1].weight is NaN; use a whole number from 0 to 100000.'],
  [weightOf(100_000), 'candidates', 'candidates has weights that add up to 100001; use at most 100000 in all.'],
  [
    { candidates: [candidate('2.0.0'), candidate('2.0.1'), candidate('2.0.0')] },
    'candidates[2].revision_tag',
    'candidates[2].revision_tag "2.0.0" is also the tag of candidates[0]; name each revision once.',
  ],
  [
    { candidates: [candidate('2.0.0'), candidate('-')] },
    'candidates[1].revision_tag',
    'candidates[1].revision_tag "-" is not valid; ' +
      "use 1 to 128 letters, digits, '_', '.' or '-' that start with a letter, a digit or '_'.",
    'INVALID_REVISION_TAG',
  ],
  [
    { candidates: [candidate('2.0.0', 0, ...keys(51)), candidate('2.0.1', 0, ...keys(50, 3))] },
    'candidates',
    'candidates has 101 pinned keys; use at most 100.',
  ],
  [
    { candidates: [candidate('2.0.0', 0, ...keys(101))] },
    'candidates',
    'candidates has 101 pinned keys; use at most 100.',
  ],
  [
    { candidates: [candidate('2.0.0', 0, ...keys(32, 256)), candidate('2.0.1', 0, ...keys(31, 255), 'é'.repeat(256))] },
    'candidates',
    'candidates has 16609 bytes of pinned keys; use at most 16384.',
  ],
  [
    { candidates: [candidate('2.0.0', 0, 'a', 'b'), candidate('2.0.1', 0, 'c', 'b')] },
    'candidates[1].pinned_keys[1]',
    'candidates[1].pinned_keys[1] is the same key as candidates[0].pinned_keys[1]; pin each key once.',
  ],
  [
    { candidates: [candidate('2.0.0', 0, 'a', 'a')] },
    'candidates[0].pinned_keys[1]',
    'candidates[0].pinned_keys[1] is the same key as candidates[0].pinned_keys[0]; pin each key once.',
  ],
  [
    { candidates: [candidate('2.0.0', 0, 'a', '')] },
    'candidates[0].pinned_keys[1]',
    'candidates[0].pinned_keys[1] is empty; use 1 to 256 characters.',
  ],
  [
    { candidates: [candidate('2.0.0', 0, 'a\nb')] },
    'candidates[0].pinned_keys[0]',
    `candidates[0].pinned_keys[0] has U+000A as its character 2; ${TEXT}`,
  ],
  [{ ...weightOf(0), salt: 'a'.repeat(65) }, 'salt', 'salt has 65 characters; use at most 64.'],
  [{ ...weightOf(0), salt: '\ud800' }, 'salt', `salt has U+D800 as its character 1; ${TEXT}`],
])('a requested rollout is refused (case %#)', ([given, field, message, reason = 'INVALID_ROLLOUT']) => {
  expect(() => parseRollout(given)).toThrow(
    expect.objectContaining({ reason, message, fieldViolations: [{ field, description: message }] }),
  )
})
