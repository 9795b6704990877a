import { expect, test } from 'vitest'
import { parseServicePrefix } from '../../src/domain/sruid.ts'

test.for(['', 'm', 'my-', 'my-org', 'my-org/', 'my-org/my-s', '/', '-', 'a'.repeat(257)])(
  'parsing accepts the prefix %j',
  (prefix) => {
    expect(parseServicePrefix(prefix)).toBe(prefix)
  },
)

test.for([
  ['My-Org', 'capital letters'],
  ['my-org/A', 'capital letters in the name'],
  ['my_org', 'an underscore, which means any character to some databases'],
  ['%', 'a percent sign, which means any text to some databases'],
  ['.*', 'a pattern'],
  ['my-org/a/b', 'two slashes'],
  ['my-org/a:1', 'a tag after the name'],
  [' my-org', 'a space at the start'],
  ['my-org ', 'a space at the end'],
  ['a\n', 'a line break'],
  ['a'.repeat(258), 'longer than any service'],
] as const)('parsing refuses the prefix %j (%s)', ([prefix]) => {
  const description = expect.stringMatching(/^prefix ".+ is not valid; use the beginning of namespace\/name/)
  expect(() => parseServicePrefix(prefix)).toThrow(
    expect.objectContaining({
      ...{ code: 'invalid_argument', reason: 'INVALID_PREFIX', message: description },
      fieldViolations: [{ field: 'prefix', description }],
    }),
  )
})
