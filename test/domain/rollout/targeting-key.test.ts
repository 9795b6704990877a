import { expect, test } from 'vitest'
import { parseTargetingKey } from '../../../src/domain/rollout/targeting-key.ts'

test.for(['a', 'user-42', ' ', 'ünïcode', 'u\u0308', '😀'.repeat(256), 'a'.repeat(256), 'user "42"', '\u202e'])(
  'parsing accepts the targeting key %j and keeps it as it is',
  (text) => {
    expect(parseTargetingKey(text)).toBe(text)
  },
)

const ALLOWED = 'use well-formed Unicode text without control characters and line breaks.'

test.for([
  ['', 'targeting_key is empty; use 1 to 256 characters.'],
  ['a'.repeat(257), 'targeting_key has 257 characters; use at most 256.'],
  ['😀'.repeat(257), 'targeting_key has 257 characters; use at most 256.'],
  ['a\nb', `targeting_key has U+000A as its character 2; ${ALLOWED}`],
  ['\ra', `targeting_key has U+000D as its character 1; ${ALLOWED}`],
  ['\t', `targeting_key has U+0009 as its character 1; ${ALLOWED}`],
  ['😀\u0085', `targeting_key has U+0085 as its character 2; ${ALLOWED}`],
  ['a\u2028', `targeting_key has U+2028 as its character 2; ${ALLOWED}`],
  ['a\u2029', `targeting_key has U+2029 as its character 2; ${ALLOWED}`],
  ['\u007f', `targeting_key has U+007F as its character 1; ${ALLOWED}`],
  ['😀a\ud83d', `targeting_key has U+D83D as its character 3; ${ALLOWED}`],
] as const)('parsing refuses the targeting key %j with the message: %s', ([text, message]) => {
  expect(() => parseTargetingKey(text)).toThrow(
    expect.objectContaining({
      reason: 'INVALID_TARGETING_KEY',
      message,
      fieldViolations: [{ field: 'targeting_key', description: message }],
    }),
  )
})
