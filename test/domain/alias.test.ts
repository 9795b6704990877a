import fc from 'fast-check'
import validRange from 'semver/ranges/valid.js'
import { describe, expect, test } from 'vitest'
import { parseAliasName } from '../../src/domain/alias.ts'
import { kebabCase } from '../support/arbitraries.ts'

describe('the name of an alias', () => {
  test.for(['beta', 'stable', 'production', 'release-2026', '2026-11', 'xx', 'v', 'a'.repeat(63)])(
    'may be %s',
    (name) => {
      expect(parseAliasName(name)).toBe(name)
    },
  )

  test.for([
    ['default', 'is what the default revision is called'],
    ['1', 'is a range'],
    ['v1', 'is a range'],
    ['vv01', 'is nearly one'],
    ['x', 'is a range'],
    ['1.2.9', 'is a version'],
    ['^1', 'is a range'],
    ['Beta', 'is not in lower case'],
    ['be--ta', 'is not kebab case'],
    ['', 'is empty'],
    ['a'.repeat(64), 'is too long'],
  ] as const)('may not be %s: it %s', ([name]) => {
    expect(() => parseAliasName(name)).toThrow(expect.objectContaining({ reason: 'INVALID_ALIAS' }))
  })

  test('is never what node-semver reads as a range', () => {
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
