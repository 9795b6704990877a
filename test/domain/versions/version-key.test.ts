import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { compareRevisionTags } from '../../../src/domain/versions/revision-order.ts'
import { hasLongNumber, isKeyOf, roundedVersionKey, versionKey } from '../../../src/domain/versions/version-key.ts'
import { largePrerelease, revisionTag, semanticVersion } from '../../support/arbitraries.ts'
import { compareVersions } from '../../support/version-oracle.ts'

describe('the key of a version', () => {
  const tag = fc.oneof(semanticVersion, semanticVersion, revisionTag)
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

  test('version keys sort in the same order as the versions themselves', () => {
    fc.assert(
      fc.property(tag, tag, (a, b) => {
        expect(order(versionKey(a), versionKey(b))).toBe(Math.sign(compareRevisionTags(a, b)))
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
    ['1.0.0-9007199254740992', '1.0.0-9007199254740993', 'a double cannot tell these numbers apart'],
    ['1.0.0-dev.20261125213000123', '1.0.0-dev.20261125213000124', 'a number may be a time in milliseconds'],
    ['1.0.0-20261125213000123.2', '1.0.0-20261125213000124.1', 'the first number counts before the second'],
    ['1.0.0-99999999999999999999', '1.0.0-a', 'any number is below a word'],
    [`1.0.0-1${'0'.repeat(120)}`, `1.0.0-1${'0'.repeat(119)}1`, 'a tag has room for 121 digits'],
    ['9007199254740990.0.0', '9007199254740991.0.0', 'the largest number that a version may have'],
  ] as const)('the version key of %s is below the version key of %s (%s)', ([lower, higher]) => {
    expect(versionKey(lower) < versionKey(higher)).toBe(true)
    expect(compareRevisionTags(lower, higher)).toBeLessThan(0)
  })

  test('tags of the same precedence have the same version key', () => {
    expect(versionKey('v1.2.9')).toBe(versionKey('1.2.9'))
  })

  test('the order of pre-releases with numbers of any size is that of arbitrary-precision numbers', () => {
    fc.assert(
      fc.property(largePrerelease, largePrerelease, (a, b) => {
        const expected = Math.sign(compareVersions(a, b))
        expect(order(versionKey(a), versionKey(b))).toBe(expected)
        expect(compareRevisionTags(a, b)).toBe(expected)
      }),
      { numRuns: 10_000 },
    )
  })

  test('the rounded key that an earlier version of Waypost stored is a key of its tag', () => {
    const tag = '1.0.0-dev.20261125213000123' as RevisionTag
    expect(versionKey(tag)).toBe('10110100101dev 00h20261125213000123')
    expect(roundedVersionKey(tag)).toBe('10110100101dev 00h20261125213000124')
    expect(isKeyOf(tag, versionKey(tag))).toBe(true)
    expect(isKeyOf(tag, roundedVersionKey(tag))).toBe(true)
    expect(isKeyOf(tag, versionKey('1.0.0-dev.20261125213000122'))).toBe(false)
  })

  test.for([
    ['1.0.0-dev.20261125213000123', true],
    ['1.0.0-9007199254740993.1', true],
    [`1.0.0-${'7'.repeat(100)}`, true],
    ['1.10.200-5', false],
    ['1.0.0-20261125', false],
    ['20261125.213000.123', false],
  ] as const)('earlier versions of Waypost rounded the key of %s: %s', ([tag, isRounded]) => {
    expect(roundedVersionKey(tag as RevisionTag) !== versionKey(tag)).toBe(isRounded)
    expect(hasLongNumber(versionKey(tag))).toBe(isRounded)
  })
})
