import { expect, test } from 'vitest'
import { expectRefusal } from '../support/api.ts'
import { describeBehaviour } from '../support/behaviour.ts'
import { looking } from './looking.ts'

const INVALID = { code: 'invalid_argument', reason: 'INVALID_ALIAS', field: 'alias' } as const

const names = [
  ['beta', 'is a word'],
  ['a', 'has one letter'],
  ['release-2026-11', 'has groups'],
  ['1-2', 'is no range without spaces'],
  ['2026-11', 'is no range without spaces'],
  ['1-x', 'is no range without spaces'],
  ['x-1', 'is no range'],
  ['xx', 'is no range'],
  ['v', 'is no range'],
  ['1x', 'is no range'],
  ['latest', 'is no range'],
  ['defaults', 'is not default'],
  ['default-2', 'is not default'],
  ['a'.repeat(63), 'has 63 characters'],
] as const

const refused = [
  ['default', 'is what the default revision is called'],
  ['1', 'is a range'],
  ['10', 'is a range'],
  ['01', 'is nearly a range'],
  ['v1', 'is a range'],
  ['vv1', 'is a range'],
  ['x', 'is a range'],
  ['vx', 'is a range'],
  ['X', 'is a range'],
  ['*', 'is a range'],
  ['1.2', 'is a range'],
  ['1.x', 'is a range'],
  ['1.2.9', 'is a version'],
  ['1.2.9-beta', 'is a version'],
  ['v1.2.9', 'is a version'],
  ['^1', 'is a range'],
  ['>=1', 'is a range'],
  ['1 - 2', 'is a range'],
  ['1||2', 'is a range'],
  ['', 'is empty'],
  [' ', 'is a space'],
  ['Beta', 'has an upper-case letter'],
  ['DEFAULT', 'has upper-case letters'],
  ['be_ta', 'has an underscore'],
  ['be--ta', 'has two hyphens'],
  ['-beta', 'begins with a hyphen'],
  ['beta-', 'ends with a hyphen'],
  ['beta\n', 'ends with a line'],
  ['bêta', 'has a letter that is not of ASCII'],
  ['be/ta', 'has a slash'],
  ['a'.repeat(64), 'has 64 characters'],
] as const

describeBehaviour('the name of an alias', (subject) => {
  const { call, register } = subject
  const { tag, aliases, everything } = looking(subject)

  // All of a table in one test: each row is one call more, of a service that is there.
  test('may be lower kebab case that no one takes for a version', async () => {
    await register('1.0.0')
    for (const [name, reason] of names) {
      await call('setAlias', { alias: name, revision_tag: '1.0.0' })
      expect(await aliases(), reason).toEqual({ [name]: '1.0.0' })
      expect(await tag({ alias: name }), reason).toBe('1.0.0')
      await call('deleteAlias', { alias: name })
    }
    expect(await aliases()).toEqual({})
  })

  test('may be nothing else', async () => {
    await register('1.0.0')
    const before = await everything()
    for (const [name] of refused) {
      await expectRefusal(call('setAlias', { alias: name, revision_tag: '1.0.0' }), INVALID)
      await expectRefusal(call('setAlias', { alias: name, follows: '^1' }), INVALID)
      await expectRefusal(call('deleteAlias', { alias: name }), INVALID)
      // An empty one is as an absent one there.
      if (name !== '') await expectRefusal(call('get', { alias: name }), INVALID)
    }
    expect(await everything()).toEqual(before)
  })
})

describeBehaviour('the aliases of a service', (subject) => {
  const { call, register } = subject
  const { aliases, everything } = looking(subject)

  test('are 64 at the most, and the 65th is refused until another is gone', async () => {
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

  test('move all 64 with one registration, and back with one yank', async () => {
    await register('1.0.0')
    for (let index = 0; index < 64; index++)
      await call('setAlias', { alias: `alias-${index}`, follows: `>=0.0.${index}` })
    for (const [change, expected] of [
      ['register', '1.1.0'],
      ['yank', '1.0.0'],
      ['restore', '1.1.0'],
    ] as const) {
      await call(change, { revision_tag: '1.1.0' })
      expect(new Set(Object.values(await aliases()))).toEqual(new Set([expected]))
    }
  })
})
