import { expect, test } from 'vitest'
import { parseText } from '../../src/domain/text.ts'

const parse = (text: string) => parseText(text, 'reason', 4, 'INVALID_REASON')

const ALLOWED =
  'Unicode text without control characters (except tabs and line ends) and without characters that reorder text ' +
  '(U+202A to U+202E, U+2066 to U+2069).'

// The last ones have the marks that right-to-left scripts need.
test.for(['', 'a', 'abcd', '😀😀😀😀', 'a\tb', 'a\nb', 'é', 'א\u200f!', '\u061c\u200e'])(
  'parsing accepts the text %j and keeps it as it is',
  (text) => {
    expect(parse(text)).toBe(text)
  },
)

test.for([
  ['abcde', 'reason has 5 characters; use at most 4.'],
  ['😀😀😀😀😀', 'reason has 5 characters; use at most 4.'],
  ['\u0007', `reason "\\u0007" is not valid; use ${ALLOWED}`],
  ['\u009f', `reason "\\u009f" is not valid; use ${ALLOWED}`],
  ['\ud800', `reason "\\ud800" is not valid; use ${ALLOWED}`],
  ['\u202e', `reason "\\u202e" is not valid; use ${ALLOWED}`],
  ['\u2066', `reason "\\u2066" is not valid; use ${ALLOWED}`],
  ['\u2069', `reason "\\u2069" is not valid; use ${ALLOWED}`],
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
