import { describe, expect, test } from 'vitest'
import { parseRequestId, requestIdReused, requireEtag } from '../../src/domain/mutation.ts'

describe('the id of a request', () => {
  test.for([
    ...['a', '0', 'A', '-', ':', '.', '_', '__proto__', 'a'.repeat(128), 'Az09_.:-'],
    ...['b7e8c7f0-6f0a-4c2e-9a51-4f1d2c3b4a59', 'build_7:step.3'],
  ])('parsing accepts the request_id %s', (text) => {
    expect(parseRequestId(text)).toBe(text)
  })

  test.for([
    ['', 'is empty'],
    ['a'.repeat(129), 'is too long'],
    ['a b', 'has a space'],
    [' ', 'is a space'],
    [' 1', 'has a space at the start'],
    ['1 ', 'has a space at the end'],
    ['a%20b', 'has a percent sign'],
    ['{5f0c2a51}', 'has braces, as some write a UUID'],
    ['a\nb', 'has a line break in the middle'],
    ['a\n', 'has a line break at the end'],
    ['a\u0000', 'has a null character'],
    ['１', 'has a digit that is not ASCII'],
    ['🙂', 'is an emoji'],
    ['ä', 'has a letter that is not ASCII'],
    ['a/b', 'has a slash'],
  ] as const)('parsing refuses the request_id %j because it %s', ([text]) => {
    expect(() => parseRequestId(text)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        reason: 'INVALID_REQUEST_ID',
        fieldViolations: [{ field: 'request_id', description: expect.stringContaining('1 to 128') }],
      }),
    )
  })

  test('the error for a reused request_id contains that id', () => {
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
    ['', 'e1', 'no etag was given'],
    ['', undefined, 'no etag was given, and there is no current etag'],
    ['e1', 'e1', 'it is the current etag'],
  ] as const)('a change with the etag %j passes when the current etag is %j, because %s', ([given, current]) => {
    expect(() => requireEtag(given, current)).not.toThrow()
  })

  test.for([
    ['e1', 'e2', 'it is an older etag'],
    ['E1', 'e1', 'case matters'],
    ['e1 ', 'e1', 'spaces matter'],
    ['*', 'e1', 'an asterisk has no special meaning'],
    ['e1', undefined, 'there is no current etag'],
    ['e1', '', 'there is no current etag'],
  ] as const)('a change with the etag %j is aborted when the current etag is %j, because %s', ([given, current]) => {
    expect(() => requireEtag(given, current)).toThrow(
      expect.objectContaining({
        code: 'aborted',
        reason: 'ETAG_MISMATCH',
        fieldViolations: [{ field: 'etag', description: expect.stringContaining('nothing was changed') }],
      }),
    )
  })
})
