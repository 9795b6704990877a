import { describe, expect, test } from 'vitest'
import { parseRequestId, requestIdReused, requireEtag } from '../../src/domain/mutation.ts'

describe('the id of a request', () => {
  test.for([
    ...['a', '0', 'A', '-', ':', '.', '_', '__proto__', 'a'.repeat(128), 'Az09_.:-'],
    ...['b7e8c7f0-6f0a-4c2e-9a51-4f1d2c3b4a59', 'build_7:step.3'],
  ])('the id of a request may be %s', (text) => {
    expect(parseRequestId(text)).toBe(text)
  })

  test.for([
    ['', 'is empty'],
    ['a'.repeat(129), 'is too long'],
    ['a b', 'has a space'],
    [' ', 'is a space'],
    [' 1', 'has a space in front'],
    ['1 ', 'has a space behind'],
    ['a%20b', 'has a percent sign'],
    ['{5f0c2a51}', 'has braces, as some write a UUID'],
    ['a\nb', 'has the end of a line in between'],
    ['a\n', 'has the end of a line'],
    ['a\u0000', 'has a null character'],
    ['１', 'has a digit of another alphabet'],
    ['🙂', 'is no letter'],
    ['ä', 'has another alphabet'],
    ['a/b', 'has a slash'],
  ] as const)('the id of a request may not be %j: it %s', ([text]) => {
    expect(() => parseRequestId(text)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        reason: 'INVALID_REQUEST_ID',
        fieldViolations: [{ field: 'request_id', description: expect.stringContaining('1 to 128') }],
      }),
    )
  })

  test('that was given to another request is refused, by its name', () => {
    expect(requestIdReused('build-7')).toMatchObject({
      code: 'already_exists',
      reason: 'REQUEST_ID_REUSED',
      message: expect.stringContaining('"build-7"'),
      fieldViolations: [{ field: 'request_id' }],
    })
  })
})

describe('an etag', () => {
  test.for([
    ['', 'e1', 'none was asked for'],
    ['', undefined, 'none was asked for, where there is none'],
    ['e1', 'e1', 'it is the current one'],
  ] as const)('%j where %j is current is let through: %s', ([given, current]) => {
    expect(() => requireEtag(given, current)).not.toThrow()
  })

  test.for([
    ['e1', 'e2', 'it is an older one'],
    ['E1', 'e1', 'case matters'],
    ['e1 ', 'e1', 'spaces matter'],
    ['*', 'e1', 'no character means all'],
    ['e1', undefined, 'there is nothing that could have it'],
    ['e1', '', 'there is nothing that could have it'],
  ] as const)('%j where %j is current is aborted: %s', ([given, current]) => {
    expect(() => requireEtag(given, current)).toThrow(
      expect.objectContaining({
        code: 'aborted',
        reason: 'ETAG_MISMATCH',
        fieldViolations: [{ field: 'etag', description: expect.stringContaining('Nothing was changed') }],
      }),
    )
  })
})
