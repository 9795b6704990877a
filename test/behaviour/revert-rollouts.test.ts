import { expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { type ExpectedError, expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { changesOf, differencesIn, laterTime, newestGeneration } from './history.ts'
import { looking } from './looking.ts'

describeBehaviour('a revert of a rollout', (subject) => {
  const { call, register } = subject
  const { tag } = looking(subject)
  const keys = Array.from({ length: 40 }, (_, index) => `user-${index}`)
  const dealt = () => Promise.all(keys.map((targeting_key) => tag({ targeting_key })))
  const rolloutNow = async () => (await call('getRollout')).rollout as Fields

  test('a revert restores the rollout of a generation, so that every caller gets the same revision as then', async () => {
    await register('1.0.0')
    await call('register', { revision_tag: '2.0.0', is_default: false })
    const candidates = [{ revision_tag: '2.0.0', weight: 40_000, pinned_keys: ['user-1'] }]
    await call('setRollout', { candidates, reason: 'a try' })
    const [rollout, before] = [await rolloutNow(), await dealt()]
    expect(new Set(before)).toEqual(new Set(['1.0.0', '2.0.0']))
    await laterTime()
    await call('endRollout', { promote: '2.0.0' })
    expect(new Set(await dealt())).toEqual(new Set(['2.0.0']))
    const answer = await call('revert', { generation: 3, reason: 'too early' })
    expect(answer).toMatchObject({ moved: 60_000, effect: { default_revision: { before: '2.0.0', after: '1.0.0' } } })
    expect(await dealt()).toEqual(before)
    const { reason, update_time, ...restored } = await rolloutNow()
    const { reason: _, update_time: old, ...others } = rollout
    expect(restored, 'the salt, the buckets and the start are the old ones').toEqual(others)
    expect(reason).toBe('too early')
    expect(Date.parse(String(update_time))).toBeGreaterThan(Date.parse(String(old)))
    const [change] = (await changesOf(subject)) as [Fields]
    expect(differencesIn(change)).toEqual([
      'default: 2.0.0 → 1.0.0',
      'rollout.2.0.0: undefined → 40 % and 1 pinned key',
    ])
  })

  test('a revert to a state without a rollout ends it, and one to the present rollout changes nothing', async () => {
    await register('2.0.0', '1.0.0')
    await call('setRollout', { candidates: [{ revision_tag: '1.0.0', weight: 10_000 }] })
    const rollout = await rolloutNow()
    await register('0.9.0')
    expect(await call('revert', { generation: 3, reason: 'the same' })).toMatchObject({ moved: 0 })
    expect(await newestGeneration(subject)).toBe(4)
    expect(await rolloutNow()).toEqual(rollout)
    expect(await call('revert', { generation: 2 })).toMatchObject({ moved: 10_000 })
    await expectRefusal(call('getRollout'), { code: 'not_found', reason: 'ROLLOUT_NOT_FOUND' })
    expect((await call('getRollout', { at_generation: 3 })).rollout).toEqual(rollout)
  })

  test('a revert is refused if a candidate of the rollout was yanked, and passes once it is unyanked', async () => {
    await register('3.0.0', '1.0.0', '2.0.0')
    const candidates = ['1.0.0', '2.0.0'].map((revision_tag) => ({ revision_tag, weight: 20_000 }))
    await call('setRollout', { candidates })
    await call('yank', { revision_tag: '2.0.0' })
    expect(await call('revert', { generation: 5 }), 'the present rollout needs no check').toMatchObject({ moved: 0 })
    await call('endRollout')
    const refused: ExpectedError = {
      ...{ code: 'failed_precondition', reason: 'TARGET_YANKED', field: 'generation' },
      message: /^generation 4 cannot be restored, because a candidate of the rollout was "2\.0\.0", which is yanked; /,
    }
    for (const validate_only of [true, false]) {
      await expectRefusal(call('revert', { generation: 4, validate_only }), refused)
    }
    await expectRefusal(call('getRollout'), { code: 'not_found', reason: 'ROLLOUT_NOT_FOUND' })
    await call('unyank', { revision_tag: '2.0.0' })
    await call('revert', { generation: 5 })
    const { candidates: restored } = await rolloutNow()
    expect(restored, 'no candidate is held').toMatchObject(candidates)
    for (const candidate of restored as Fields[]) expect(candidate).not.toHaveProperty('held')
  })
})
