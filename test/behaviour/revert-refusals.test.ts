import { expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeBehaviour, describeRule } from '../support/store-behaviour.ts'
import { changesOf, laterTime } from './history.ts'
import { looking } from './looking.ts'
import { remove } from './state.ts'

describeRule('a revert to choices that no longer fit', (subject) => {
  const { call, register } = subject
  const { everything } = looking(subject)

  const unfit = [
    {
      ...{ how: 'the default was yanked', target: {}, gone: (tag: string) => call('yank', { revision_tag: tag }) },
      ...{ reason: 'TARGET_YANKED', text: 'the default was "1.0.0", which is yanked; unyank it first, or revert to' },
    },
    {
      ...{ how: 'the default was deleted', target: {}, gone: (tag: string) => remove(subject, tag) },
      ...{ reason: 'TARGET_NOT_FOUND', text: 'the default was "1.0.0", which was deleted; revert to another state' },
    },
    {
      how: 'the target of an alias was yanked',
      ...{ target: { alias: 'stable' }, gone: (tag: string) => call('yank', { revision_tag: tag }) },
      ...{ reason: 'TARGET_YANKED', text: 'alias "stable" was "1.0.0", which is yanked' },
    },
    {
      how: 'the target of an alias was deleted',
      ...{ target: { alias: 'stable' }, gone: (tag: string) => remove(subject, tag) },
      ...{ reason: 'TARGET_NOT_FOUND', text: 'alias "stable" was "1.0.0", which was deleted' },
    },
  ]

  test.for(unfit)('a revert is refused as a whole if $how, and names it', async ({ target, gone, reason, text }) => {
    await register('2.0.0', '1.0.0')
    await call('setAlias', { alias: 'beta', revision_tag: '2.0.0' })
    const method = 'alias' in target ? 'setAlias' : 'setDefault'
    await call(method, { ...target, revision_tag: '1.0.0' })
    await call('setDefault', { revision_tag: '2.0.0' })
    await call('deleteAlias', { alias: 'beta' })
    if ('alias' in target) await call('deleteAlias', target)
    await gone('1.0.0')
    const before = await everything()
    for (const more of [{ validate_only: true }, {}, { request_id: 'request-1' }]) {
      await expectRefusal(call('revert', { generation: 4, ...more }), {
        code: 'failed_precondition',
        ...{ reason, field: 'generation' },
        message: new RegExp(`^generation 4 cannot be restored, because ${text}`),
      })
    }
    expect(await everything()).toEqual(before)
  })

  test('the error of a revert to a time names the time', async () => {
    await register('1.0.0', '0.9.0')
    const [{ time }] = (await changesOf(subject)) as [Fields]
    await laterTime()
    await call('yank', { revision_tag: '1.0.0' })
    await expectRefusal(call('revert', { time }), {
      ...{ code: 'failed_precondition', reason: 'TARGET_YANKED', field: 'time' },
      message: /^time 20\d\d-.*Z cannot be restored, because the default was "1\.0\.0", which is yanked; /,
    })
  })

  test('an alias that is fixed to a yanked revision and stays so does not keep a revert from passing', async () => {
    await register('1.0.0', '2.0.0')
    await call('setAlias', { alias: 'stable', revision_tag: '1.0.0' })
    await call('clearDefault')
    await call('yank', { revision_tag: '1.0.0' })
    await call('revert', { generation: 3 })
    expect(await looking(subject).tag()).toBe('2.0.0')
  })
})

describeBehaviour('a revert to no state', (subject) => {
  const { call, register } = subject
  const { everything } = looking(subject)

  test.for<readonly [Fields, string, string, RegExp]>([
    [{}, 'CONFLICTING_SELECTORS', 'generation', /generation and time are missing; give one of them/],
    [{ generation: 0 }, 'CONFLICTING_SELECTORS', 'generation', /are missing; give one/],
    [{ generation: 1, time: '2026-01-01T00:00:00Z' }, 'CONFLICTING_SELECTORS', 'time', /give at most one/],
    [{ generation: -1 }, 'INVALID_AT_GENERATION', 'generation', /-1; use a generation of the service, 1 or more/],
    [
      { generation: 4 },
      'STATE_NOT_FOUND',
      'generation',
      /generation 4 is beyond the newest generation of .*use 1 to 3/,
    ],
    [{ time: '2001-02-03T04:05:06Z' }, 'STATE_NOT_FOUND', 'time', /time 2001.* is before the first change of/],
    [{ time: '2999-01-01T00:00:00Z' }, 'INVALID_AT_TIME', 'time', /time 2999.* is in the future; use a time until/],
    [{ generation: 1, reason: 'a'.repeat(1_025) }, 'INVALID_REASON', 'reason', /1025.*1024/],
  ])('a revert with %j is refused, and nothing changes', async ([request, reason, field, message]) => {
    await register('1.0.0', '2.0.0')
    await call('setDefault', { revision_tag: '1.0.0' })
    const before = await everything()
    const code = reason === 'STATE_NOT_FOUND' ? 'not_found' : 'invalid_argument'
    for (const validate_only of [true, false]) {
      await expectRefusal(call('revert', { ...request, validate_only }), { code, reason, field, message })
    }
    expect(await everything()).toEqual(before)
  })

  test('a service that does not exist, or whose revisions were all deleted, cannot be reverted', async () => {
    const missing = { code: 'not_found', reason: 'SERVICE_NOT_FOUND' } as const
    await expectRefusal(call('revert', { generation: 1 }), missing)
    await register('1.0.0')
    await call('clearDefault')
    await remove(subject, '1.0.0')
    await expectRefusal(call('revert', { generation: 1 }), missing)
  })
})
