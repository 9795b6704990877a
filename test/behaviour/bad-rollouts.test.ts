import { expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { describeOverEachProtocol } from '../support/behaviour.ts'
import { type ExpectedError, expectRefusal } from '../support/refusals.ts'
import { wholeState } from './state.ts'

interface Row extends ExpectedError {
  readonly method: Method
  readonly request: Fields
  readonly why: string
}

const candidate = { revision_tag: '2.0.0', weight: 10_000 }
const pinned = (...pinned_keys: readonly string[]) => ({ ...candidate, pinned_keys })
const keys = (count: number, length = 1) =>
  Array.from({ length: count }, (_, index) => `${index}`.padStart(length, 'x'))

// The fields of the requests are parsed before anything is read.
const invalid = (
  candidates: readonly Fields[],
  field: string,
  message: RegExp,
  why: string,
  more: Fields = {},
): Row => ({
  ...{ method: 'setRollout', request: { candidates, ...more }, code: 'invalid_argument', reason: 'INVALID_ROLLOUT' },
  ...{ field, message, why },
})

const unfit = (reason: string, candidates: readonly Fields[], field: string, message: RegExp, why: string): Row => ({
  ...{ method: 'setRollout', request: { candidates }, code: 'failed_precondition', reason, field, message, why },
})

const badKey = (targeting_key: string, message: RegExp, why: string): Row[] =>
  [{}, { revision_tag: '1.0.0' }].map((selector) => ({
    ...{ method: 'get', request: { ...selector, targeting_key }, code: 'invalid_argument' },
    ...{ reason: 'INVALID_TARGETING_KEY', field: 'targeting_key', message, why },
  }))

const rows: readonly Row[] = [
  invalid([], 'candidates', /^candidates has no entries; use 1 to 8, or end the rollout\.$/, 'no candidate'),
  invalid(Array(9).fill(candidate), 'candidates', /^candidates has 9 entries; use at most 8\.$/, 'nine candidates'),
  invalid(
    [candidate, { ...candidate, weight: 5 }],
    ...([
      'candidates[1].revision_tag',
      /"2\.0\.0" is also the tag of candidates\[0\]; name each revision once/,
    ] as const),
    'a candidate that is named twice',
  ),
  invalid(
    [{ ...candidate, weight: -1 }],
    ...(['candidates[0].weight', /^candidates\[0\]\.weight is -1; use a whole number from 0 to 100000\.$/] as const),
    'a negative weight',
  ),
  invalid(
    [{ ...candidate, weight: 100_001 }],
    ...(['candidates[0].weight', /weight is 100001; use a whole number from 0 to 100000/] as const),
    'a weight over 100,000',
  ),
  invalid(
    [
      { ...candidate, weight: 60_000 },
      { revision_tag: '3.0.0', weight: 40_001 },
    ],
    ...(['candidates', /^candidates has weights that add up to 100001; use at most 100000 in all\.$/] as const),
    'weights over 100,000 together',
  ),
  invalid(
    [pinned('a', 'b', 'a')],
    ...(['candidates[0].pinned_keys[2]', /is the same key as candidates\[0\]\.pinned_keys\[0\]; pin each/] as const),
    'a key that is pinned twice to one candidate',
  ),
  invalid(
    [pinned('a'), { revision_tag: '3.0.0', pinned_keys: ['b', 'a'] }],
    ...(['candidates[1].pinned_keys[1]', /is the same key as candidates\[0\]\.pinned_keys\[0\]; pin each/] as const),
    'a key that is pinned to two candidates',
  ),
  invalid(
    [pinned('a', '')],
    'candidates[0].pinned_keys[1]',
    /is empty; use 1 to 256 characters/,
    'an empty pinned key',
  ),
  invalid(
    [pinned('a\nb')],
    ...(['candidates[0].pinned_keys[0]', /has U\+000A as its character 2; use well-formed/] as const),
    'a pinned key with a line break',
  ),
  invalid([pinned(...keys(101))], 'candidates', /has 101 pinned keys; use at most 100/, '101 pinned keys'),
  invalid([pinned(...keys(100, 164))], 'candidates', /has 16400 bytes of pinned keys; use at most 16384/, 'large keys'),
  invalid([candidate], 'salt', /^salt has 65 characters; use at most 64\.$/, 'a long salt', { salt: 'x'.repeat(65) }),
  {
    ...{ method: 'setRollout', request: { candidates: [{ weight: 1 }] }, why: 'a candidate without a tag' },
    ...{ code: 'invalid_argument', reason: 'INVALID_REVISION_TAG', field: 'candidates[0].revision_tag' },
  },
  {
    ...{ method: 'setRollout', request: { candidates: [candidate], reason: 'x'.repeat(1025) }, why: 'a long reason' },
    ...{ code: 'invalid_argument', reason: 'INVALID_REASON', field: 'reason', message: /1025 .* at most 1024/ },
  },

  unfit(
    ...([
      'CANDIDATE_IS_DEFAULT',
      [candidate, { revision_tag: '1.0.0', weight: 1 }],
      'candidates[1].revision_tag',
    ] as const),
    /"1\.0\.0" is the default, which callers get without a rollout; name another revision, or set another default/,
    'the default',
  ),
  unfit(
    ...(['TARGET_YANKED', [{ revision_tag: '0.5.0', weight: 1 }], 'candidates[0].revision_tag'] as const),
    ...([/"0\.5\.0" is yanked; choose a revision that is not yanked/, 'a yanked candidate'] as const),
  ),
  unfit(
    ...(['TARGET_NOT_FOUND', [candidate, { revision_tag: '9.9.9' }], 'candidates[1].revision_tag'] as const),
    ...([/"9\.9\.9" is not a revision of the service; register it first/, 'an unknown candidate'] as const),
  ),
  {
    ...{ method: 'endRollout', request: { promote: '3.0.0' }, why: 'a revision that is no candidate' },
    ...{ code: 'failed_precondition', reason: 'NOT_A_CANDIDATE', field: 'promote' },
    message: /^promote "3\.0\.0" is no candidate of the rollout; use one of "2\.0\.0", or leave it out\.$/,
  },
  {
    ...{ method: 'endRollout', request: { promote: 'not a tag' }, why: 'a text that is no tag' },
    ...{ code: 'invalid_argument', reason: 'INVALID_REVISION_TAG', field: 'promote' },
  },

  ...badKey('x'.repeat(257), /^targeting_key has 257 characters; use at most 256\.$/, 'a key of 257 characters'),
  ...badKey('a\nb', /^targeting_key has U\+000A as its character 2; use well-formed .* line breaks\.$/, 'a line break'),
]

describeOverEachProtocol('a bad rollout', (subject) => {
  const { call, register } = subject
  const everything = async () => ({ ...(await wholeState(subject)), ...(await call('getRollout')) })

  test('a bad request about a rollout is refused with its field, the value and the rule, and nothing changes', async () => {
    await register('0.5.0', '1.0.0')
    for (const revision_tag of ['2.0.0', '3.0.0']) await call('register', { revision_tag, is_default: false })
    await call('yank', { revision_tag: '0.5.0' })
    await call('setRollout', { candidates: [{ revision_tag: '2.0.0', weight: 5 }], reason: 'try it' })
    const before = await everything()
    const wrong: string[] = []
    for (const { method, request, why, ...expected } of rows) {
      const refused = expectRefusal(call(method, request), expected)
      await refused.catch((cause: unknown) => wrong.push(`${method}, ${expected.field}, ${why}: ${cause}`))
    }
    expect(wrong).toEqual([])
    expect(await everything()).toEqual(before)
    expect((await subject.storedLog()).length).toBe(6)
  })

  test('a weight that is not a whole number is refused, and no rollout begins', async () => {
    await register('1.0.0')
    await call('register', { revision_tag: '2.0.0', is_default: false })
    const candidates = [{ revision_tag: '2.0.0', weight: 1.5 }]
    // Over gRPC, no client can send such a number.
    if (subject.api().protocol !== 'gRPC') {
      await expectRefusal(call('setRollout', { candidates }), {
        ...{ code: 'invalid_argument', reason: 'INVALID_REQUEST', field: 'candidates[0].weight' },
        message: /1\.5; use a whole number/,
      })
    }
    await expectRefusal(call('getRollout'), {
      ...{ code: 'not_found', reason: 'ROLLOUT_NOT_FOUND', message: /has no rollout/ },
    })
  })

  test.for<[Method, Fields]>([
    ['setRollout', { candidates: [candidate] }],
    ['getRollout', {}],
    ['endRollout', {}],
  ])('%s of a service that does not exist is refused', async ([method, request]) => {
    await expectRefusal(call(method, request), { code: 'not_found', reason: 'SERVICE_NOT_FOUND' })
  })

  test('the longest targeting key, and the longest salt, are allowed', async () => {
    await register('1.0.0')
    await call('register', { revision_tag: '2.0.0', is_default: false })
    const targeting_key = '🙂'.repeat(256)
    await call('setRollout', { candidates: [pinned(targeting_key)], salt: '🙂'.repeat(64) })
    expect((await call('get', { targeting_key })).revision).toMatchObject({ revision_tag: '2.0.0' })
  })
})
