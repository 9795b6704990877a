import fc from 'fast-check'
import compare from 'semver/functions/compare.js'
import satisfies from 'semver/functions/satisfies.js'
import { describe, expect, test } from 'vitest'
import { RegistryError } from '../../../src/domain/errors.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { isRelease } from '../../../src/domain/versions/revision-order.ts'
import { versionKey } from '../../../src/domain/versions/version-key.ts'
import { notAbove, parseVersionRange, type VersionRange } from '../../../src/domain/versions/version-range.ts'
import { largePrerelease, semanticVersion } from '../../support/arbitraries.ts'
import { isInRange } from '../../support/version-oracle.ts'

const near = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.constantFrom('', '', '-0', '-alpha', '-alpha.1', '-rc.2'))
const version = near.map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre}`)
const partial = fc.oneof(version, fc.constantFrom('*', 'x', '1', '1.x', '2', '1.2', '0.1.x'))
const simple = fc
  .tuple(fc.constantFrom('', '=', '>', '>=', '<', '<=', '~', '^'), partial)
  .map(([operator, text]) => `${operator}${text}`)
const hyphen = fc.tuple(partial, partial).map(([from, to]) => `${from} - ${to}`)
const alternative = fc.oneof(
  fc.array(simple, { minLength: 1, maxLength: 3 }).map((all) => all.join(' ')),
  hyphen,
)
const range = fc.array(alternative, { minLength: 1, maxLength: 3 }).map((all) => all.join(' || '))

/** Decides in the way of a database index, which knows only the version key and whether the tag is a release. */
function isWithin({ intervals }: VersionRange, tag: RevisionTag): boolean {
  const key = versionKey(tag)
  return intervals.some(({ from, to, releasesOnly }) => from <= key && key < to && (!releasesOnly || isRelease(tag)))
}

describe('a version range', () => {
  test('a version range and its intervals include the versions that the semver package includes', () => {
    fc.assert(
      fc.property(range, fc.oneof(version, semanticVersion), fc.boolean(), (text, tag, includePrerelease) => {
        const parsed = parseVersionRange(text, includePrerelease)
        const expected = satisfies(tag, text, { includePrerelease })
        expect(parsed.includes(tag as RevisionTag)).toBe(expected)
        expect(isWithin(parsed, tag as RevisionTag)).toBe(expected)
      }),
      { numRuns: 20_000 },
    )
  })

  test('a version range that is bounded by a tag, and its intervals, include only versions at or below the tag', () => {
    fc.assert(
      fc.property(range, version, version, fc.boolean(), (text, tag, end, includePrerelease) => {
        const bounded = notAbove(parseVersionRange(text, includePrerelease), end as RevisionTag)
        const expected = satisfies(tag, text, { includePrerelease }) && compare(tag, end) <= 0
        expect(bounded.includes(tag as RevisionTag)).toBe(expected)
        expect(isWithin(bounded, tag as RevisionTag)).toBe(expected)
        for (const { from, to } of bounded.intervals) expect(from < to).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })

  test('a version range with numbers of any size includes the versions that arbitrary-precision numbers include', () => {
    const bounded = fc
      .tuple(fc.constantFrom('', '>', '>=', '<', '<=', '~', '^'), largePrerelease)
      .map(([operator, text]) => `${operator}${text}`)
    const large = fc.array(fc.array(bounded, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 })
    fc.assert(
      fc.property(large, largePrerelease, fc.boolean(), (all, tag, includePrerelease) => {
        const text = all.map((each) => each.join(' ')).join(' || ')
        const parsed = parseVersionRange(text, includePrerelease)
        const expected = isInRange(tag, text, includePrerelease)
        expect(parsed.includes(tag as RevisionTag)).toBe(expected)
        expect(isWithin(parsed, tag as RevisionTag)).toBe(expected)
      }),
      { numRuns: 10_000 },
    )
  })

  test('the intervals of a version range begin with the highest', () => {
    const ends = parseVersionRange('1 || 3 || >=2.0.0-beta <2.0.1').intervals.map(({ to }) => to)
    expect(ends).toEqual([...ends].sort().reverse())
  })

  test.for(['main', '1.2', '01.2.3', 'latest'])('no version range includes %s, which is not a version', (tag) => {
    expect(parseVersionRange('*', true).includes(tag as RevisionTag)).toBe(false)
    expect(isWithin(parseVersionRange('*', true), tag as RevisionTag)).toBe(false)
  })

  test.for([
    '>>1',
    'beta',
    'latest',
    '1.2.3.4',
    '^1 || beta',
    '1'.repeat(257),
    '1 || nonsense',
    '^1.2.3.4',
    `${'1||'.repeat(85)}12`,
    'default',
  ])('parsing refuses the version range %s', (text) => {
    expect(() => parseVersionRange(text)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', reason: 'INVALID_VERSION_RANGE' }),
    )
    expect(() => parseVersionRange(text)).toThrow(RegistryError)
  })

  test('a version range may have 256 characters but not 257', () => {
    const longest = `${'1||'.repeat(85)}1`
    expect(longest.length).toBe(256)
    expect(parseVersionRange(longest).includes('1.2.3' as RevisionTag)).toBe(true)
    expect(() => parseVersionRange(`${longest}1`)).toThrow(/^version_range has 257 characters; use at most 256\.$/)
  })
})
