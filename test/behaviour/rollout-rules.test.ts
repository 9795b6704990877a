import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

// With the salt s1, the buckets of these keys are 89799 and 16728.
const [USER_1, USER_2] = ['user-1', 'user-2'] as const

describeRule('a rollout of 20 %', (subject) => {
  const { call, register } = subject
  const { tag, revision } = looking(subject)

  const prepare = async (...tags: readonly string[]) => {
    await register('1.0.0')
    for (const revision_tag of ['2.0.0', ...tags]) await call('register', { revision_tag, is_default: false })
    await set([{ revision_tag: '2.0.0', weight: 20_000 }])
  }
  const set = (candidates: readonly Fields[], more: Fields = {}) =>
    call('setRollout', { candidates, salt: 's1', ...more })
  const rollout = async () => ((await call('getRollout')) as { rollout: Fields & { candidates: Fields[] } }).rollout
  /** The revisions of a caller of the default, a caller of the candidate, and a caller without a key. */
  const served = async () => [await tag({ targeting_key: USER_1 }), await tag({ targeting_key: USER_2 }), await tag()]
  const hasNoRollout = () =>
    expectRefusal(call('getRollout'), { code: 'not_found', reason: 'ROLLOUT_NOT_FOUND', message: /has no rollout/ })

  describe('lookups', () => {
    test('a targeting key has no effect on lookups by a tag, a range or an alias', async () => {
      await prepare()
      await call('setAlias', { alias: 'stable', revision_tag: '1.0.0' })
      for (const request of [{ revision_tag: '1.0.0' }, { version_range: '^1' }, { alias: 'stable' }]) {
        expect(await tag({ ...request, targeting_key: USER_2 })).toBe('1.0.0')
      }
    })

    test('a candidate that does not meet the label selector is passed over for the default', async () => {
      await prepare()
      await call('updateRevision', { revision_tag: '1.0.0', labels: { tier: 'web' } })
      const label_selector = 'tier=web'
      expect(await tag({ targeting_key: USER_2, label_selector })).toBe('1.0.0')
      await call('updateRevision', { revision_tag: '2.0.0', labels: { tier: 'web' } })
      expect(await tag({ targeting_key: USER_2, label_selector })).toBe('2.0.0')
    })

    test('a candidate is found even if the default does not meet the label selector', async () => {
      await prepare()
      await call('updateRevision', { revision_tag: '2.0.0', labels: { tier: 'web' } })
      expect(await tag({ targeting_key: USER_2, label_selector: 'tier=web' })).toBe('2.0.0')
      expect(await tag({ targeting_key: USER_1, label_selector: 'tier=web' })).toBeUndefined()
    })

    test('a candidate with all buckets gets the callers without a key, too', async () => {
      await prepare()
      await set([{ revision_tag: '2.0.0', weight: 99_999 }])
      expect(await served()).toEqual(['2.0.0', '2.0.0', '1.0.0'])
      await set([{ revision_tag: '2.0.0', weight: 100_000 }])
      expect(await served()).toEqual(['2.0.0', '2.0.0', '2.0.0'])
    })

    test('without a default, only the callers of a candidate get a revision', async () => {
      await prepare()
      await call('clearDefault')
      expect(await served()).toEqual([undefined, '2.0.0', undefined])
    })

    test('a change of a candidate is in the next answer to its callers', async () => {
      await prepare()
      for (const description of ['first', 'second', 'third']) {
        await call('updateRevision', { revision_tag: '2.0.0', description })
        for (let count = 0; count < 3; count++) {
          expect(await revision({ targeting_key: USER_2 })).toMatchObject({ revision_tag: '2.0.0', description })
        }
      }
    })
  })

  describe('registrations', () => {
    test('a registration does not ask the default policy, and its answer says so', async () => {
      await prepare()
      const { revision: held } = await call('register', { revision_tag: '3.0.0' })
      expect(held).toEqual({ ...subject.service(), revision_tag: '3.0.0', is_default: false, held_by_rollout: true })
      expect(await served()).toEqual(['1.0.0', '2.0.0', '1.0.0'])
      await call('endRollout')
      const { revision: free } = await call('register', { revision_tag: '4.0.0' })
      expect(free).toEqual({ ...subject.service(), revision_tag: '4.0.0', is_default: true })
    })

    test('a registration that is repeated with its request_id says again that the rollout held it', async () => {
      await prepare()
      const request = { revision_tag: '3.0.0', request_id: 'once' }
      const first = await call('register', request)
      await call('endRollout')
      expect((await call('register', request)).revision).toEqual(first.revision)
    })

    test('a registration with is_default false is not held by the rollout', async () => {
      await prepare()
      const { revision: other } = await call('register', { revision_tag: '3.0.0', is_default: false })
      expect(other).not.toHaveProperty('held_by_rollout')
    })

    test('a registration with is_default true replaces the default and keeps the rollout', async () => {
      await prepare()
      await call('register', { revision_tag: '3.0.0', is_default: true })
      expect(await served()).toEqual(['3.0.0', '2.0.0', '3.0.0'])
    })
  })

  describe('the default', () => {
    test('SetDefault replaces the default and keeps the rollout', async () => {
      await prepare('3.0.0')
      const before = await rollout()
      const { service } = await call('setDefault', { revision_tag: '3.0.0' })
      expect(service).toMatchObject({
        effect: { default_revision: { before: '1.0.0', after: '3.0.0' }, moved: 80_000 },
      })
      expect(await rollout()).toEqual(before)
      expect(await served()).toEqual(['3.0.0', '2.0.0', '3.0.0'])
    })

    test('a candidate that becomes the default leaves the rollout', async () => {
      await prepare('3.0.0')
      await set([
        { revision_tag: '2.0.0', weight: 20_000 },
        { revision_tag: '3.0.0', weight: 10_000 },
      ])
      const { service } = await call('setDefault', { revision_tag: '2.0.0' })
      expect(service).toMatchObject({ effect: { moved: 70_000 } })
      const [left, ...others] = (await rollout()).candidates
      expect(left).toMatchObject({ revision_tag: '3.0.0', buckets: [{ from: 20_000, to: 30_000 }] })
      expect(others).toEqual([])
    })

    test('the rollout ends if its last candidate becomes the default', async () => {
      await prepare()
      await call('setDefault', { revision_tag: '2.0.0' })
      expect(await served()).toEqual(['2.0.0', '2.0.0', '2.0.0'])
      await hasNoRollout()
    })

    test('after a yank of the default, no candidate becomes the default, though it is the highest version', async () => {
      await prepare('0.9.0')
      expect(await call('yank', { revision_tag: '1.0.0' })).toMatchObject({ default_revision_tag: '0.9.0' })
      expect(await served()).toEqual(['0.9.0', '2.0.0', '0.9.0'])
    })

    test('after a yank of the only other revision, there is no default, and the rollout stays', async () => {
      await prepare()
      const answer = await call('yank', { revision_tag: '1.0.0' })
      expect(answer).not.toHaveProperty('default_revision_tag')
      expect(await served()).toEqual([undefined, '2.0.0', undefined])
    })
  })

  describe('the lifecycle of a candidate', () => {
    test('a yanked candidate is held: its callers get the default until it is unyanked', async () => {
      await prepare()
      const before = await rollout()
      const { revision: yanked } = await call('yank', { revision_tag: '2.0.0' })
      expect(yanked).toMatchObject({ effect: { moved: 20_000 } })
      expect(await served()).toEqual(['1.0.0', '1.0.0', '1.0.0'])
      expect((await rollout()).candidates).toEqual([{ ...before.candidates[0], held: true }])
      const { revision: unyanked } = await call('unyank', { revision_tag: '2.0.0' })
      expect(unyanked).toMatchObject({ effect: { moved: 20_000 } })
      expect(await served()).toEqual(['1.0.0', '2.0.0', '1.0.0'])
      expect(await rollout()).toEqual(before)
    })

    test('pinned keys of a held candidate get the default', async () => {
      await prepare()
      await set([{ revision_tag: '2.0.0', pinned_keys: [USER_1] }])
      await call('yank', { revision_tag: '2.0.0' })
      expect(await served()).toEqual(['1.0.0', '1.0.0', '1.0.0'])
    })

    test('a held candidate that had all buckets gives everybody the default', async () => {
      await prepare()
      await set([{ revision_tag: '2.0.0', weight: 100_000 }])
      const { revision: yanked } = await call('yank', { revision_tag: '2.0.0' })
      expect(yanked).toMatchObject({ effect: { moved: 100_000 } })
      expect(await served()).toEqual(['1.0.0', '1.0.0', '1.0.0'])
    })

    test('a held candidate cannot be promoted', async () => {
      await prepare()
      await call('yank', { revision_tag: '2.0.0' })
      await expectRefusal(call('endRollout', { promote: '2.0.0' }), {
        ...{ code: 'failed_precondition', reason: 'TARGET_YANKED', field: 'promote' },
        message: /promote "2\.0\.0" is yanked; choose a revision that is not yanked/,
      })
    })

    test('a candidate cannot be deleted, even if it is held', async () => {
      await prepare()
      await call('yank', { revision_tag: '2.0.0' })
      const { etag } = await revision({ revision_tag: '2.0.0', view: 'FULL' })
      await expectRefusal(call('deleteRevision', { revision_tag: '2.0.0', etag }), {
        ...{ code: 'failed_precondition', reason: 'REVISION_IN_USE', field: 'revision_tag' },
        message:
          /revision_tag "2\.0\.0" is a candidate of the rollout; end the rollout, or set it without the candidate/,
      })
      await call('endRollout')
      await call('deleteRevision', { revision_tag: '2.0.0', etag })
    })

    test('deprecating a candidate does not hold it', async () => {
      await prepare()
      await call('deprecate', { revision_tag: '2.0.0' })
      expect(await served()).toEqual(['1.0.0', '2.0.0', '1.0.0'])
    })
  })
})
