import fc from 'fast-check'
import satisfies from 'semver/functions/satisfies.js'
import { describe, expect, test } from 'vitest'
import { RegistryError } from '../../../src/domain/errors.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { isRelease } from '../../../src/domain/versions/revision-order.ts'
import { versionKey } from '../../../src/domain/versions/version-key.ts'
import { parseVersionRange, type VersionRange } from '../../../src/domain/versions/version-range.ts'
import { semanticVersion } from '../../support/arbitraries.ts'

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

/** As an index answers it. */
function isWithin({ intervals }: VersionRange, tag: RevisionTag): boolean {
  const key = versionKey(tag)
  return intervals.some(({ from, to, releasesOnly }) => from <= key && key < to && (!releasesOnly || isRelease(tag)))
}

describe('a range of versions', () => {
  test('has the versions that the semver package says, by its intervals too', () => {
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

  test('has its highest interval first', () => {
    const ends = parseVersionRange('1 || 3 || >=2.0.0-beta <2.0.1').intervals.map(({ to }) => to)
    expect(ends).toEqual([...ends].sort().reverse())
  })

  test.for(['main', '1.2', '01.2.3', 'latest'])('never has %s, which is no version', (tag) => {
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
  ])('is not %s', (text) => {
    expect(() => parseVersionRange(text)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', reason: 'INVALID_VERSION_RANGE' }),
    )
    expect(() => parseVersionRange(text)).toThrow(RegistryError)
  })

  test('may have 256 characters, and not 257', () => {
    const longest = `${'1||'.repeat(85)}1`
    expect(longest.length).toBe(256)
    expect(parseVersionRange(longest).includes('1.2.3' as RevisionTag)).toBe(true)
    expect(() => parseVersionRange(`${longest}1`)).toThrow(/it has 257 characters.*at most 256 characters/)
  })
})
