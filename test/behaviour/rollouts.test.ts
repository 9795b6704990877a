import { expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { type ExpectedError, expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

const SALT = 's1'
// With this salt, the buckets of these keys are 89799, 16728, 13933 and 64591.
const [USER_1, USER_2, USER_42, UNICODE] = ['user-1', 'user-2', 'user-42', 'ünïcode'] as const

const noRollout: ExpectedError = {
  ...{ code: 'not_found', reason: 'ROLLOUT_NOT_FOUND' },
  message: /^Service revision not found\. my-org\/my-service-\d+ has no rollout; /,
}

describeBehaviour('a rollout', (subject) => {
  const { call, register } = subject
  const { tag, everything } = looking(subject)

  const prepare = async () => {
    await register('1.0.0')
    for (const revision_tag of ['2.0.0', '3.0.0']) await call('register', { revision_tag, is_default: false })
  }
  const set = (weights: Readonly<Record<string, number>>, more: Fields = {}) => {
    const candidates = Object.entries(weights).map(([revision_tag, weight]) => ({ revision_tag, weight }))
    return call('setRollout', { candidates, salt: SALT, ...more })
  }
  const tagOf = (targeting_key: string) => tag({ targeting_key })

  test('each caller always gets the revision of the bucket of its targeting key', async () => {
    await prepare()
    await set({ '2.0.0': 20_000, '3.0.0': 50_000 })
    // A lookup is kept once it is repeated, with an answer for the default and one for each candidate.
    for (let count = 0; count < 4; count++) {
      expect(await Promise.all([USER_1, USER_2, USER_42, UNICODE].map(tagOf))).toEqual([
        ...['1.0.0', '2.0.0', '2.0.0', '3.0.0'],
      ])
      expect(await tag(), 'no key').toBe('1.0.0')
    }
  })

  test('an answer to a caller who gets a candidate is that of the revision, which is not the default', async () => {
    await prepare()
    await call('updateRevision', { revision_tag: '2.0.0', labels: { tier: 'web' } })
    await set({ '2.0.0': 20_000 })
    for (const view of ['BASIC', 'FULL']) {
      const { revision } = await call('get', { targeting_key: USER_2, view })
      expect(revision).toEqual((await call('get', { revision_tag: '2.0.0', view })).revision)
      expect(revision).toMatchObject({ revision_tag: '2.0.0', is_default: false, labels: { tier: 'web' } })
    }
  })

  test('pinned keys get their candidate, whatever their bucket is', async () => {
    await prepare()
    const candidates = [
      { revision_tag: '2.0.0', pinned_keys: [USER_1, 'a tester'] },
      { revision_tag: '3.0.0', weight: 20_000, pinned_keys: [UNICODE] },
    ]
    await call('setRollout', { candidates, salt: SALT })
    expect(await Promise.all([USER_1, 'a tester', UNICODE, USER_2].map(tagOf))).toEqual([
      ...['2.0.0', '2.0.0', '3.0.0', '3.0.0'],
    ])
  })

  test('GetRollout answers the rollout as it was set, with its buckets and its times', async () => {
    await prepare()
    const given = { candidates: [{ revision_tag: '2.0.0', weight: 10_000, pinned_keys: ['é', UNICODE] }] }
    const answer = await call('setRollout', { ...given, salt: SALT, reason: 'try it' })
    const { rollout, generation, service_etag } = await call('getRollout')
    expect(rollout).toEqual({
      candidates: [{ ...given.candidates[0], buckets: [{ from: 0, to: 10_000 }] }],
      ...{ salt: SALT, algorithm: 'murmur3-100k', reason: 'try it' },
      ...{ start_time: expect.any(String), update_time: expect.any(String) },
    })
    expect(Number(generation)).toBe(4)
    expect(answer).toEqual({ rollout, moved: 10_000, effect: { moved: 10_000 }, service_etag })
    expect((await everything())?.service).toMatchObject({ etag: service_etag })
  })

  test('other weights move as few callers as possible, and keep the salt and the start', async () => {
    await prepare()
    const { rollout: first } = await set({ '2.0.0': 20_000 }, { salt: '' })
    expect((first as Fields).salt).toMatch(/^[0-9a-f]{24}$/)
    const { rollout, moved } = await set({ '2.0.0': 15_000, '3.0.0': 20_000 }, { salt: '' })
    const { salt, start_time } = first as Fields
    expect(rollout).toMatchObject({ salt, start_time })
    expect(moved).toBe(20_000)
    expect((rollout as { candidates: Fields[] }).candidates.map(({ buckets }) => buckets)).toEqual([
      [{ from: 0, to: 15_000 }],
      [{ from: 15_000, to: 35_000 }],
    ])
  })

  test('EndRollout gives the default to all callers again', async () => {
    await prepare()
    await set({ '2.0.0': 20_000 })
    const answer = await call('endRollout', { reason: 'it loses data' })
    expect(answer).toMatchObject({ service: { default_revision_tag: '1.0.0' }, moved: 20_000 })
    expect(answer.effect).toEqual({ moved: 20_000 })
    expect(await tagOf(USER_2)).toBe('1.0.0')
    await expectRefusal(call('getRollout'), noRollout)
    await expectRefusal(call('endRollout'), noRollout)
  })

  test('EndRollout with promote makes the candidate the default in the same change', async () => {
    await prepare()
    await set({ '2.0.0': 20_000, '3.0.0': 30_000 })
    const answer = await call('endRollout', { promote: '2.0.0', reason: 'it is faster' })
    expect(answer).toMatchObject({
      service: { default_revision_tag: '2.0.0' },
      moved: 80_000,
      effect: { default_revision: { before: '1.0.0', after: '2.0.0' }, moved: 80_000 },
    })
    expect(await Promise.all([USER_1, USER_2, UNICODE].map(tagOf))).toEqual(['2.0.0', '2.0.0', '2.0.0'])
    expect((await subject.storedLog()).length).toBe(5)
  })

  test('SetRollout and EndRollout with validate_only answer the effect and change nothing', async () => {
    await prepare()
    await set({ '2.0.0': 20_000 })
    const before = [await everything(), await call('getRollout')]
    expect(await set({ '2.0.0': 50_000 }, { validate_only: true })).toMatchObject({ moved: 30_000 })
    expect(await call('endRollout', { promote: '2.0.0', validate_only: true })).toMatchObject({ moved: 80_000 })
    expect([await everything(), await call('getRollout')]).toEqual(before)
  })

  test('a repeated SetRollout or EndRollout gets the first answer, with its effect', async () => {
    await prepare()
    const first = await set({ '2.0.0': 20_000 }, { salt: '', request_id: 'set' })
    await set({ '2.0.0': 50_000 })
    const ended = await call('endRollout', { promote: '2.0.0', request_id: 'end' })
    await call('setDefault', { revision_tag: '1.0.0' })
    const length = (await subject.storedLog()).length
    expect(await set({ '2.0.0': 20_000 }, { salt: '', request_id: 'set' })).toEqual(first)
    expect(await call('endRollout', { promote: '2.0.0', request_id: 'end' })).toEqual(ended)
    expect((await subject.storedLog()).length).toBe(length)
  })

  test('the same rollout set again is no change', async () => {
    await prepare()
    const { service_etag } = await set({ '2.0.0': 20_000 }, { reason: 'try it' })
    const length = (await subject.storedLog()).length
    expect(await set({ '2.0.0': 20_000 }, { reason: 'try it' })).toMatchObject({ moved: 0, service_etag })
    expect((await subject.storedLog()).length).toBe(length)
    await set({ '2.0.0': 20_000 }, { reason: 'another reason' })
    expect((await subject.storedLog()).length).toBe(length + 1)
  })

  test('an earlier state of a rollout can be read, and lookups answer as they did then', async () => {
    await prepare()
    await set({ '2.0.0': 20_000 })
    await set({ '3.0.0': 20_000 })
    await call('endRollout')
    const at = (at_generation: number) => ({ targeting_key: USER_2, at_generation })
    const found = [3, 4, 5, 6].map(async (generation) => (await call('get', at(generation))).revision)
    expect(await Promise.all(found)).toMatchObject([
      { revision_tag: '1.0.0', generation: '3' },
      { revision_tag: '2.0.0', generation: '4' },
      { revision_tag: '3.0.0', generation: '5' },
      { revision_tag: '1.0.0', generation: '6' },
    ])
    const then = await call('getRollout', { at_generation: 4 })
    expect(then).toMatchObject({ rollout: { candidates: [{ revision_tag: '2.0.0' }] }, generation: '4' })
    await expectRefusal(call('getRollout', { at_generation: 3 }), noRollout)
  })

  test('a rollout is part of the etag of the service', async () => {
    await prepare()
    const { service_etag } = await set({ '2.0.0': 20_000 })
    const { service_etag: newer } = await set({ '2.0.0': 30_000 }, { etag: service_etag })
    const stale = { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' } as const
    await expectRefusal(set({ '2.0.0': 40_000 }, { etag: service_etag }), stale)
    await expectRefusal(call('endRollout', { etag: service_etag }), stale)
    await call('endRollout', { etag: newer })
  })
})
