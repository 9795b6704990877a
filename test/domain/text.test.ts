import { expect, test } from 'vitest'
import { parseText } from '../../src/domain/text.ts'

const parse = (text: string) => parseText(text, 'reason', 4, 'INVALID_REASON')

test.for(['', 'a', 'abcd', '😀😀😀😀', 'a\tb', 'a\nb', 'é'])(
  'parsing accepts the text %j and keeps it as it is',
  (text) => {
    expect(parse(text)).toBe(text)
  },
)

test.for([
  ['abcde', 'reason has 5 characters; use at most 4.'],
  ['😀😀😀😀😀', 'reason has 5 characters; use at most 4.'],
  ['\u0007', 'reason "\\u0007" is not valid; use Unicode text without control characters, except tabs and line ends.'],
  ['\u009f', 'reason "\u009f" is not valid; use Unicode text without control characters, except tabs and line ends.'],
  ['\ud800', 'reason "\\ud800" is not valid; use Unicode text without control characters, except tabs and line ends.'],
] as const)('parsing refuses the text %j with the message: %s', ([text, message]) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({
      code: 'invalid_argument',
      reason: 'INVALID_REASON',
      message,
      fieldViolations: [{ field: 'reason', description: message }],
    }),
  )
})
