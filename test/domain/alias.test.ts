import fc from 'fast-check'
import validRange from 'semver/ranges/valid.js'
import { describe, expect, test } from 'vitest'
import { parseAliasName } from '../../src/domain/alias.ts'
import { kebabCase } from '../support/arbitraries.ts'

describe('the name of an alias', () => {
  test.for([
    ...['a', 'beta', 'stable', 'production', 'latest', 'release-2026-11', 'defaults', 'default-2', 'a'.repeat(63)],
    ...['2026-11', '1-2', '1-x', 'x-1', 'xx', 'v', '1x'],
  ])('parsing accepts the alias name %s', (name) => {
    expect(parseAliasName(name)).toBe(name)
  })

  test.for([
    ['default', 'is the word for the default revision'],
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
    ['beta\n', 'ends with a line break'],
    ['bêta', 'has a letter that is not ASCII'],
    ['be/ta', 'has a slash'],
    ['a'.repeat(64), 'has 64 characters'],
    ['vv01', 'is nearly a range'],
  ] as const)('parsing refuses the alias name %j because it %s', ([name]) => {
    expect(() => parseAliasName(name)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        reason: 'INVALID_ALIAS',
        message: expect.stringMatching(/; use lower kebab case, such as "beta", of 1 to 63 characters, except/),
        fieldViolations: [expect.objectContaining({ field: 'alias' })],
      }),
    )
  })

  test('parsing refuses every alias name that node-semver reads as a range', () => {
    const close = fc.oneof(kebabCase, fc.stringMatching(/^v{0,3}[x0-9]{1,3}(-[x0-9]{1,2})?$/))
    fc.assert(
      fc.property(close, (text) => {
        fc.pre(validRange(text) !== null)
        expect(() => parseAliasName(text)).toThrow()
      }),
      { numRuns: 2_000 },
    )
  })
})
