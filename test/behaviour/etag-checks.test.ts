import { describe, expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { etagsOf, wholeState } from './state.ts'

interface Row {
  readonly method: Method
  readonly request: Fields
  /** The thing whose etag the method needs: a tag, `service`, or the name of an alias. */
  readonly of: string
}

const rows: readonly Row[] = [
  { method: 'setDefault', request: { revision_tag: '1.0.0' }, of: 'service' },
  { method: 'clearDefault', request: {}, of: 'service' },
  { method: 'setAlias', request: { alias: 'pinned', revision_tag: '1.1.0' }, of: 'pinned' },
  { method: 'setAlias', request: { alias: 'stable', follows: '>=1.1' }, of: 'stable' },
  { method: 'deleteAlias', request: { alias: 'pinned' }, of: 'pinned' },
  { method: 'deprecate', request: { revision_tag: '1.0.0', message: 'slow' }, of: '1.0.0' },
  { method: 'undeprecate', request: { revision_tag: '1.0.0' }, of: '1.0.0' },
  { method: 'yank', request: { revision_tag: '1.1.0', reason: 'broken' }, of: '1.1.0' },
  { method: 'unyank', request: { revision_tag: '0.5.0' }, of: '0.5.0' },
  { method: 'updateRevision', request: { revision_tag: '1.1.0', labels: { tier: 'web' } }, of: '1.1.0' },
  { method: 'deleteRevision', request: { revision_tag: '0.5.0' }, of: '0.5.0' },
]

const mismatch = {
  code: 'aborted',
  reason: 'ETAG_MISMATCH',
  field: 'etag',
  message: /etag ".*" is not the current etag, so nothing was changed; read/,
} as const

describeRule('a change with an etag', (subject) => {
  const { call, register } = subject

  const prepare = async () => {
    await register('0.5.0', '1.0.0', '1.1.0')
    await call('yank', { revision_tag: '0.5.0' })
    await call('deprecate', { revision_tag: '1.0.0', message: 'old' })
    await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
    await call('setAlias', { alias: 'stable', follows: '^1' })
  }

  const etags = () => etagsOf(subject)

  // Changes all etags, but no alias.
  const touch = async () => {
    for (const revision_tag of ['1.1.0', '1.0.0']) await call('setAlias', { alias: 'pinned', revision_tag })
    for (const follows of ['*', '^1']) await call('setAlias', { alias: 'stable', follows })
    await call('yank', { revision_tag: '0.5.0', reason: 'still' })
    await call('updateRevision', { revision_tag: '1.0.0', description: 'touched' })
    await call('updateRevision', { revision_tag: '1.1.0', description: 'touched' })
  }

  describe.for(rows)('$method of $request', ({ method, request, of }) => {
    test('a change with the current etag is made, and a second change with the same etag is refused', async () => {
      await prepare()
      const etag = (await etags())[of] ?? ''
      const before = await wholeState(subject)
      await call(method, { ...request, etag })
      const after = await wholeState(subject)
      expect(after).not.toEqual(before)
      // The thing is deleted or has another etag.
      const again = call(method, { ...request, etag })
      if (method === 'deleteAlias') await expectRefusal(again, { code: 'not_found', reason: 'ALIAS_NOT_FOUND' })
      else if (method === 'deleteRevision')
        await expectRefusal(again, { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
      else await expectRefusal(again, mismatch)
      expect(await wholeState(subject)).toEqual(after)
    })

    test('a change with any other etag is refused, and nothing changes', async () => {
      await prepare()
      const stale = (await etags())[of] ?? ''
      await touch()
      const { [of]: current = '', ...others } = await etags()
      expect(stale).not.toBe(current)
      const before = await wholeState(subject)
      const wrong = [
        // The service and an alias have the same etag if the same change gave it to them.
        ...[stale, ...Object.values(others)].filter((etag) => etag !== current),
        ...[`${current}0`, current.slice(0, -1), ` ${current}`, `"${current}"`, `W/"${current}"`],
        ...['*', 'null', '0', '…', 'e'.repeat(5000)],
      ]
      await expectRefusal(call(method, { ...request, etag: stale, validate_only: true }), mismatch)
      for (const etag of wrong) await expectRefusal(call(method, { ...request, etag }), mismatch)
      expect(await wholeState(subject)).toEqual(before)
      await call(method, { ...request, etag: current })
      expect(await wholeState(subject), 'the current etag still works').not.toEqual(before)
    })
  })

  test.for(rows.filter(({ method }) => method !== 'deleteRevision'))(
    '$method of $request is made if the etag is absent or empty',
    async ({ method, request }) => {
      await prepare()
      const states = [await wholeState(subject)]
      await call(method, { ...request, etag: '' })
      states.push(await wholeState(subject))
      expect(states[1]).not.toEqual(states[0])
    },
  )

  test('a change that would make an alias is refused with any etag, because the alias has none yet', async () => {
    await prepare()
    const etag = (await etags()).pinned
    await expectRefusal(call('setAlias', { alias: 'beta', revision_tag: '1.1.0', etag }), mismatch)
    await call('deleteAlias', { alias: 'pinned' })
    await expectRefusal(call('setAlias', { alias: 'pinned', revision_tag: '1.0.0', etag }), mismatch)
    await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
    await expectRefusal(call('deleteAlias', { alias: 'pinned', etag }), mismatch)
    expect(Object.keys(await etags()).toSorted()).toEqual(['0.5.0', '1.0.0', '1.1.0', 'pinned', 'service', 'stable'])
  })

  test('an etag of the service is outdated only by a registration that moves the default', async () => {
    await prepare()
    const etag = (await etags()).service
    await call('register', { revision_tag: '0.9.0' })
    await call('updateRevision', { revision_tag: '1.0.0', description: 'changed' })
    await call('setDefault', { revision_tag: '1.0.0', etag, validate_only: true })
    await register('1.2.0')
    await expectRefusal(call('setDefault', { revision_tag: '1.0.0', etag }), mismatch)
    expect((await call('get')).revision).toMatchObject({ revision_tag: '1.2.0' })
  })

  test('an etag of an alias is outdated after the alias moves with its range', async () => {
    await prepare()
    const etag = (await etags()).stable
    await register('1.2.0')
    await expectRefusal(call('deleteAlias', { alias: 'stable', etag }), mismatch)
    expect((await call('get', { alias: 'stable' })).revision).toMatchObject({ revision_tag: '1.2.0' })
  })

  test('exactly one of several concurrent changes with the same etag is made', async () => {
    await prepare()
    const etag = (await etags())['1.1.0']
    const descriptions = Array.from({ length: 10 }, (_, index) => `the words of caller ${index}`)
    const sent = descriptions.map((description) => call('updateRevision', { revision_tag: '1.1.0', description, etag }))
    const results = await Promise.allSettled(sent)
    const made = descriptions.filter((_, index) => results[index]?.status === 'fulfilled')
    expect(made).toHaveLength(1)
    const refused = sent.filter((_, index) => results[index]?.status === 'rejected')
    for (const each of refused) await expectRefusal(each, mismatch)
    expect((await call('get', { revision_tag: '1.1.0' })).revision).toMatchObject({ description: made[0] })
  })
})
