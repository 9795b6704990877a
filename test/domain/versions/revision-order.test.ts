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
    ['1.2.9', '1.10.0', 'at every place'],
    ['2.0.0-rc.1', '2.0.0', 'a pre-release is below its release'],
    ['2.0.0-alpha', '2.0.0-beta', 'pre-releases are compared as text'],
    ['2.0.0-rc.2', '2.0.0-rc.10', 'and their numbers as numbers'],
    ['2.0.0-rc', '2.0.0-rc.1', 'more parts are higher'],
    ['1.2.9', 'v1.2.10', 'a leading v means nothing'],
    ['main', '0.0.0-0', 'what is no semantic version is below all that are'],
    ['9.9', '0.0.1', 'two numbers are no semantic version'],
    ['abc', 'abd', 'other tags are compared as text'],
  ])('%s is below %s: %s', ([low = '', high = '']) => {
    expect(compareTexts(low, high)).toBeLessThan(0)
    expect(compareTexts(high, low)).toBeGreaterThan(0)
  })

  test('puts a version with a v and without one at the same place', () => {
    expect(compareTexts('1.2.9', 'v1.2.9')).toBe(0)
  })

  test('agrees with the semver package on 10,000 pairs of versions', () => {
    fc.assert(
      fc.property(semanticVersion, semanticVersion, (a, b) => {
        expect(Math.sign(compareTexts(a, b))).toBe(semver.compare(a, b))
      }),
      { numRuns: 10_000 },
    )
  })

  test('is total: any two tags compare, each way round, and three of them without a circle', () => {
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

test('texts that are no tags have a place in the order as well', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(Math.sign(compareRevisionTags(a, b))).toBe(-Math.sign(compareRevisionTags(b, a)) + 0)
    }),
  )
})

test.for([
  ['1.2.9', true, true, 'a release'],
  ['v1.2.9', true, true, 'with a v'],
  ['1.2.9-rc.1', true, false, 'a pre-release'],
  ['V1.2.9', false, false, 'a capital V'],
  ['vv1.2.9', false, false, 'two of them'],
  ['1.2', false, false, 'two numbers'],
  ['1.2.3.4', false, false, 'four numbers'],
  ['01.2.3', false, false, 'a leading zero'],
  ['1.2.3-01', false, false, 'a leading zero in a numeric pre-release part'],
  ['1.2.3-', false, false, 'an empty pre-release'],
  ['1.2.3-a..b', false, false, 'an empty pre-release part'],
  ['1.2.3-a_b', false, false, 'an underscore'],
  ['1.2.x', false, false, 'a range'],
  ['latest', false, false, 'a word'],
  ['9007199254740992.0.0', false, false, 'a number that the semver package can not hold exactly'],
] as const)('%s is a semantic version: %s, and a release: %s (%s)', ([text, isVersion, isReleased]) => {
  const tag = parseRevisionTag(text)
  expect(isSemver(tag)).toBe(isVersion)
  expect(isRelease(tag)).toBe(isReleased)
})
