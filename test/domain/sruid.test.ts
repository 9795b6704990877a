import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRevisionTag } from '../../src/domain/revision-tag.ts'
import {
  formatServiceId,
  formatSruid,
  parseServiceId,
  parseServiceReference,
  parseSruid,
} from '../../src/domain/sruid.ts'
import { kebabCase, revisionTag } from '../support/arbitraries.ts'

describe('a namespace and a name', () => {
  test.for([
    ['a', 'one letter'],
    ['7', 'one digit'],
    ['my-org', 'two groups'],
    ['a1-b2-c3', 'digits and letters in groups'],
    ['x'.repeat(128), 'the longest'],
  ])('the namespace and the name %s are accepted (%s)', ([text = '']) => {
    expect(parseServiceId(text, text)).toEqual({ namespace: text, name: text })
  })

  test.for([
    ['', 'nothing'],
    ['My-Org', 'capitals'],
    ['-a', 'begins with a dash'],
    ['a-', 'ends with a dash'],
    ['a--b', 'an empty group'],
    ['a_b', 'an underscore'],
    ['a b', 'a space'],
    ['a/b', 'a slash'],
    ['a:b', 'a colon'],
    ['.', 'this directory'],
    ['..', 'the directory above'],
    ['a%2Fb', 'a slash that is percent-encoded'],
    ['é', 'not ASCII'],
    ['ａ', 'a full-width letter'],
    ['１', 'a full-width digit'],
    ['a\u212a', 'the Kelvin sign, whose lower case is an ASCII k'],
    ['__proto__', 'a special key in JavaScript'],
    ['$ne', 'an operator of MongoDB'],
    ['a\r\nb', 'a line break'],
    ['a\n', 'a line break at the end, which some patterns accept'],
    ['a\0', 'a null character'],
    ['x'.repeat(129), 'one too long'],
  ])('the namespace and the name %j are refused (%s)', ([text = '']) => {
    expect(() => parseServiceId(text, 'ok')).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        reason: 'INVALID_NAMESPACE',
        message: expect.stringContaining('lower kebab case'),
        fieldViolations: [expect.objectContaining({ field: 'namespace' })],
      }),
    )
    expect(() => parseServiceId('ok', text)).toThrow(
      expect.objectContaining({
        reason: 'INVALID_NAME',
        fieldViolations: [expect.objectContaining({ field: 'name' })],
      }),
    )
  })
})

describe('a revision tag', () => {
  test.for([
    ['1.2.9', 'a semantic version'],
    ['v1.2.9-rc.1', 'a leading v and a pre-release'],
    ['_', 'one underscore'],
    ['Main', 'a branch'],
    ['0a1b2c3', 'a commit'],
    ['a..b--c__d', 'any run of its characters'],
    ['x'.repeat(128), 'the longest'],
  ])('the revision tag %s is accepted (%s)', ([text = '']) => {
    expect(parseRevisionTag(text)).toBe(text)
  })

  test.for([
    ['', 'nothing'],
    ['-x', 'begins with a dash'],
    ['.x', 'begins with a dot'],
    ['..', 'the directory above'],
    ['a b', 'a space'],
    ['a/b', 'a slash'],
    ['a:b', 'a colon, which would make an SRUID ambiguous'],
    ['é', 'not ASCII'],
    ['1.0-ü', 'not ASCII, after a hyphen'],
    ['\ud800', 'half a surrogate pair'],
    ['1.0\0', 'a null character, which ends a string in C'],
    ['a\n', 'a line break at the end'],
    ['1.0\r\nx-evil: 1', 'a header after a line break'],
    ['x'.repeat(129), 'one too long'],
  ])('the revision tag %j is refused (%s)', ([text = '']) => {
    expect(() => parseRevisionTag(text)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', reason: 'INVALID_REVISION_TAG' }),
    )
  })

  test('a revision tag with build metadata is refused with a message that says what to do', () => {
    expect(() => parseRevisionTag('1.0+build')).toThrow(
      /; use 1 to 128 letters.*, without the build metadata after '\+'\.$/,
    )
  })

  test('the message about a refused revision tag quotes the tag, cut and escaped', () => {
    expect(() => parseRevisionTag(`\u001b[31m\n${'x'.repeat(500)}`)).toThrow(
      /^revision_tag "\\u001b\[31m\\nx{58}…" is not/,
    )
  })
})

describe('an SRUID', () => {
  test('an SRUID is parsed into its parts', () => {
    const parts = { namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9' }
    expect(parseSruid('my-org/my-service:1.2.9')).toEqual(parts)
  })

  test.for([
    ['', 'INVALID_SRUID'],
    ['my-org', 'INVALID_SRUID'],
    ['my-org/my-service', 'INVALID_SRUID'],
    ['my-org:1.2.9', 'INVALID_SRUID'],
    ['/my-service:1', 'INVALID_NAMESPACE'],
    ['my-org/:1', 'INVALID_NAME'],
    ['my-org/my/service:1', 'INVALID_NAME'],
    ['my-org/my-service:', 'INVALID_REVISION_TAG'],
    ['my-org/my-service:1:2', 'INVALID_REVISION_TAG'],
    ['my-org/my-service:1@sha256', 'INVALID_REVISION_TAG'],
  ])('parsing refuses the SRUID %j with %s', ([text = '', reason]) => {
    expect(() => parseSruid(text)).toThrow(expect.objectContaining({ reason }))
  })

  test('an SRUID that is written as text and parsed again is the same', () => {
    fc.assert(
      fc.property(kebabCase, kebabCase, revisionTag, (namespace, name, tag) => {
        const sruid = { ...parseServiceId(namespace, name), revisionTag: parseRevisionTag(tag) }
        expect(parseSruid(formatSruid(sruid))).toEqual(sruid)
        expect(parseServiceReference(formatServiceId(sruid))).toEqual({
          service: { namespace, name },
          revisionTag: undefined,
        })
      }),
    )
  })

  test('a text is either refused as an SRUID or written back unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect([text, undefined]).toContain(formatted(text))
      }),
    )
  })
})

function formatted(text: string): string | undefined {
  try {
    return formatSruid(parseSruid(text))
  } catch {
    return undefined
  }
}
