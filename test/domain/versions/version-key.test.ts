import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { compareRevisionTags } from '../../../src/domain/versions/revision-order.ts'
import { versionKey } from '../../../src/domain/versions/version-key.ts'
import { revisionTag, semanticVersion } from '../../support/arbitraries.ts'

describe('the key of a version', () => {
  const tag = fc.oneof(semanticVersion, semanticVersion, revisionTag)
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

  test('sorts as the version does', () => {
    fc.assert(
      fc.property(tag, tag, (a, b) => {
        const keys = order(versionKey(a as RevisionTag), versionKey(b as RevisionTag))
        expect(keys).toBe(Math.sign(compareRevisionTags(a, b)))
      }),
      { numRuns: 10_000 },
    )
  })

  test.for([
    ['1.9.0', '1.10.0', 'numbers are not text'],
    ['1.0.0-alpha', '1.0.0-alpha.1', 'more identifiers are more'],
    ['1.0.0-alpha.1', '1.0.0-alpha.beta', 'a number is below a word'],
    ['1.0.0-alpha', '1.0.0-alpha0', 'a word is below one that it begins'],
    ['1.0.0-alpha.9', '1.0.0-alpha-', 'the end of a word is below a hyphen'],
    ['1.0.0-rc.1', '1.0.0', 'a pre-release is below its release'],
    ['1.0.0', '1.0.1-0', 'and above the next one’s'],
    ['main', '0.0.0-0', 'what is no version is below all versions'],
    ['zzz', '0.0.0-0', 'whatever its letters'],
    ['1.0.0-9', '1.0.0-99999999999999999999', 'a number may be larger than a double keeps exactly'],
    ['9007199254740990.0.0', '9007199254740991.0.0', 'the largest number of a version'],
  ] as const)('puts %s below %s: %s', ([lower, higher]) => {
    expect(versionKey(lower as RevisionTag) < versionKey(higher as RevisionTag)).toBe(true)
    expect(compareRevisionTags(lower, higher)).toBeLessThan(0)
  })

  test('is one for tags of one precedence', () => {
    expect(versionKey('v1.2.9' as RevisionTag)).toBe(versionKey('1.2.9' as RevisionTag))
    expect(versionKey('1.0.0-99999999999999999999' as RevisionTag)).toBe(
      versionKey('1.0.0-99999999999999999998' as RevisionTag),
    )
  })
})
