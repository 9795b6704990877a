import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { compareRevisionTags } from '../../../src/domain/versions/revision-order.ts'
import { versionKey } from '../../../src/domain/versions/version-key.ts'
import { revisionTag, semanticVersion } from '../../support/arbitraries.ts'

describe('the key of a version', () => {
  const tag = fc.oneof(semanticVersion, semanticVersion, revisionTag)
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

  test('version keys sort in the same order as the versions themselves', () => {
    fc.assert(
      fc.property(tag, tag, (a, b) => {
        const keys = order(versionKey(a as RevisionTag), versionKey(b as RevisionTag))
        expect(keys).toBe(Math.sign(compareRevisionTags(a, b)))
      }),
      { numRuns: 10_000 },
    )
  })

  test.for([
    ['1.9.0', '1.10.0', 'numbers are compared as numbers'],
    ['1.0.0-alpha', '1.0.0-alpha.1', 'a pre-release with more identifiers is higher'],
    ['1.0.0-alpha.1', '1.0.0-alpha.beta', 'a number is below a word'],
    ['1.0.0-alpha', '1.0.0-alpha0', 'a word is below a longer word that begins with it'],
    ['1.0.0-alpha.9', '1.0.0-alpha-', 'the end of a word is below a hyphen'],
    ['1.0.0-rc.1', '1.0.0', 'a pre-release is below its release'],
    ['1.0.0', '1.0.1-0', 'a release is below the pre-releases of the next version'],
    ['main', '0.0.0-0', 'a tag that is not a version is below all versions'],
    ['zzz', '0.0.0-0', 'the letters of such a tag do not matter'],
    ['1.0.0-9', '1.0.0-99999999999999999999', 'a number may be larger than a double keeps exactly'],
    ['9007199254740990.0.0', '9007199254740991.0.0', 'the largest number that a version may have'],
  ] as const)('the version key of %s is below the version key of %s (%s)', ([lower, higher]) => {
    expect(versionKey(lower as RevisionTag) < versionKey(higher as RevisionTag)).toBe(true)
    expect(compareRevisionTags(lower, higher)).toBeLessThan(0)
  })

  test('tags of the same precedence have the same version key', () => {
    expect(versionKey('v1.2.9' as RevisionTag)).toBe(versionKey('1.2.9' as RevisionTag))
    expect(versionKey('1.0.0-99999999999999999999' as RevisionTag)).toBe(
      versionKey('1.0.0-99999999999999999998' as RevisionTag),
    )
  })
})
