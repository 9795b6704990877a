import fc from 'fast-check'
import semver from 'semver'
import { describe, expect, test } from 'vitest'
import { parseRevisionTag } from '../../../src/domain/revision-tag.ts'
import { compareRevisionTags, isRelease, isSemver } from '../../../src/domain/versions/revision-order.ts'
import { revisionTag, semanticVersion } from '../../support/arbitraries.ts'

const compareTexts = (a: string, b: string) => compareRevisionTags(parseRevisionTag(a), parseRevisionTag(b))
const anyTag = fc.oneof(semanticVersion, revisionTag)

describe('the order of revision tags', () => {
  test.for([
    ['1.0.2', '1.0.10', 'numbers are compared as numbers'],
    ['1.2.9', '1.10.0', 'numbers are compared as numbers at every place'],
    ['2.0.0-rc.1', '2.0.0', 'a pre-release is below its release'],
    ['2.0.0-alpha', '2.0.0-beta', 'pre-releases are compared as text'],
    ['2.0.0-rc.2', '2.0.0-rc.10', 'numbers in pre-releases are compared as numbers'],
    ['2.0.0-rc', '2.0.0-rc.1', 'a pre-release with more parts is higher'],
    ['1.2.9', 'v1.2.10', 'a leading v means nothing'],
    ['main', '0.0.0-0', 'a tag that is not a semantic version is below every semantic version'],
    ['9.9', '0.0.1', 'two numbers are not a semantic version'],
    ['abc', 'abd', 'other tags are compared as text'],
  ])('the revision tag %s is below %s (%s)', ([low = '', high = '']) => {
    expect(compareTexts(low, high)).toBeLessThan(0)
    expect(compareTexts(high, low)).toBeGreaterThan(0)
  })

  test('a version with a leading v and the same version without it are equal in the order of revision tags', () => {
    expect(compareTexts('1.2.9', 'v1.2.9')).toBe(0)
  })

  test('the order of revision tags agrees with the semver package on 10,000 pairs of versions', () => {
    fc.assert(
      fc.property(semanticVersion, semanticVersion, (a, b) => {
        expect(Math.sign(compareTexts(a, b))).toBe(semver.compare(a, b))
      }),
      { numRuns: 10_000 },
    )
  })

  test('the order of revision tags is total: comparing two tags is antisymmetric, and three tags form no cycle', () => {
    fc.assert(
      fc.property(anyTag, anyTag, anyTag, (a, b, c) => {
        expect(compareTexts(a, a)).toBe(0)
        expect(Math.sign(compareTexts(a, b))).toBe(-Math.sign(compareTexts(b, a)) + 0)
        const [low = '', middle = '', high = ''] = [a, b, c].sort(compareTexts)
        expect(compareTexts(low, middle)).toBeLessThanOrEqual(0)
        expect(compareTexts(middle, high)).toBeLessThanOrEqual(0)
        expect(compareTexts(low, high)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 2_000 },
    )
  })
})

test('texts that are not revision tags also have a place in the order', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(Math.sign(compareRevisionTags(a, b))).toBe(-Math.sign(compareRevisionTags(b, a)) + 0)
    }),
  )
})

test.for([
  ['1.2.9', true, true, 'a release'],
  ['v1.2.9', true, true, 'a release with a leading v'],
  ['1.2.9-rc.1', true, false, 'a pre-release'],
  ['V1.2.9', false, false, 'a capital V'],
  ['vv1.2.9', false, false, 'two leading v'],
  ['1.2', false, false, 'two numbers'],
  ['1.2.3.4', false, false, 'four numbers'],
  ['01.2.3', false, false, 'a leading zero'],
  ['1.2.3-01', false, false, 'a leading zero in a numeric pre-release part'],
  ['1.2.3-', false, false, 'an empty pre-release'],
  ['1.2.3-a..b', false, false, 'an empty pre-release part'],
  ['1.2.3-a_b', false, false, 'an underscore'],
  ['1.2.x', false, false, 'a range'],
  ['latest', false, false, 'a word'],
  ['9007199254740992.0.0', false, false, 'a number that the semver package cannot hold exactly'],
] as const)('the tag %s is a semantic version: %s, and a release: %s (%s)', ([text, isVersion, isReleased]) => {
  const tag = parseRevisionTag(text)
  expect(isSemver(tag)).toBe(isVersion)
  expect(isRelease(tag)).toBe(isReleased)
})
