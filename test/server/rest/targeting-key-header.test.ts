import { describe, expect, test } from 'vitest'
import { parseTargetingKeyHeader } from '../../../src/server/rest/targeting-key-header.ts'

describe('the header Waypost-Targeting-Key', () => {
  test.for([
    ['user-42', 'user-42'],
    ['%C3%BCn%C3%AFcode', 'ünïcode'],
    ['%F0%9F%9A%80', '🚀'],
    ['a+b c', 'a+b c'],
    ['100%25', '100%'],
    ['', undefined],
    [undefined, undefined],
  ] as const)('%o is the targeting key %o', ([header, key]) => {
    expect(parseTargetingKeyHeader(header)).toBe(key)
  })

  test.for(['ünïcode', '%FC', '100%', '%C3', 'a\tb'])('%o is refused, because it is not percent-encoded', (header) => {
    expect(() => parseTargetingKeyHeader(header)).toThrow(
      expect.objectContaining({
        reason: 'INVALID_TARGETING_KEY',
        fieldViolations: [{ field: 'targeting_key', description: expect.stringContaining('Waypost-Targeting-Key') }],
        message: expect.stringMatching(/^the header Waypost-Targeting-Key is not percent-encoded UTF-8; encode it/),
      }),
    )
  })
})
