import { expect, test } from 'vitest'
import { describeOverEachProtocol } from '../support/behaviour.ts'
import { expectRefusal } from '../support/refusals.ts'
import { looking } from './looking.ts'

describeOverEachProtocol('the aliases of a service', (subject) => {
  const { call, register } = subject
  const { aliases, everything } = looking(subject)

  test('a service may have 64 aliases, and a 65th is refused until another is deleted', async () => {
    await register('1.0.0', '2.0.0')
    const names = Array.from({ length: 64 }, (_, index) => `alias-${index}`)
    for (const [index, alias] of names.entries()) {
      await call('setAlias', { alias, ...(index % 2 === 0 ? { revision_tag: '1.0.0' } : { follows: '*' }) })
    }
    expect(Object.keys(await aliases())).toEqual(names.toSorted())
    const before = await everything()
    const expected = { code: 'failed_precondition', reason: 'TOO_MANY_ALIASES', field: 'alias', message: /64/ } as const
    for (const target of [{ revision_tag: '1.0.0' }, { follows: '^1' }]) {
      await expectRefusal(call('setAlias', { alias: 'one-more', ...target }), expected)
      await expectRefusal(call('setAlias', { alias: 'one-more', ...target, validate_only: true }), expected)
    }
    expect(await everything()).toEqual(before)
    await call('setAlias', { alias: 'alias-0', revision_tag: '2.0.0' })
    await call('deleteAlias', { alias: 'alias-63' })
    await call('setAlias', { alias: 'one-more', revision_tag: '1.0.0' })
    expect(await aliases()).toMatchObject({ 'alias-0': '2.0.0', 'one-more': '1.0.0' })
    expect(Object.keys(await aliases())).toHaveLength(64)
  })

  test('one registration moves all 64 aliases of a service, and one yank moves them back', async () => {
    await register('1.0.0')
    for (let index = 0; index < 64; index++)
      await call('setAlias', { alias: `alias-${index}`, follows: `>=0.0.${index}` })
    for (const [change, expected] of [
      ['register', '1.1.0'],
      ['yank', '1.0.0'],
      ['unyank', '1.1.0'],
    ] as const) {
      await call(change, { revision_tag: '1.1.0' })
      expect(new Set(Object.values(await aliases()))).toEqual(new Set([expected]))
    }
  })
})
