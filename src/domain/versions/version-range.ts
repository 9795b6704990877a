import type Comparator from 'semver/classes/comparator.js'
import Range from 'semver/classes/range.js'
import { fieldError, quote, type RegistryError } from '../errors.ts'
import { RecentlyUsed } from '../recently-used.ts'
import type { RevisionTag } from '../revision-tag.ts'
import { compareRevisionTags } from './revision-order.ts'
import { versionOf } from './version.ts'
import {
  ABOVE_ALL_KEYS,
  justAbove,
  keyOfVersion,
  LOWEST_VERSION_KEY,
  type VersionParts,
  versionKey,
} from './version-key.ts'

/** How long the text of a range may be, in characters. */
export const MAX_RANGE_LENGTH = 256

/** Versions whose keys are at least `from` and below `to`. */
export interface VersionInterval {
  readonly from: string
  readonly to: string
  /** Whether the pre-releases between them are left out. */
  readonly releasesOnly: boolean
}

/** A range of semantic versions that has been parsed. */
export interface VersionRange {
  /** As it was given. */
  readonly text: string
  /** Whether it has pre-releases that it does not name. */
  readonly includePrerelease: boolean
  /** The same range for an index: a version is in the range where it is in one of these. The highest come first. */
  readonly intervals: readonly VersionInterval[]
  /** Whether the tag is a version of the range. */
  includes(tag: RevisionTag): boolean
}

// A few ranges are asked for again and again, and parsing one takes longer than answering it.
const ranges = new RecentlyUsed<string, VersionRange | undefined>(1_000)

/**
 * Parses a range in the syntax of node-semver, or throws `INVALID_VERSION_RANGE` about `field`. Pre-releases are in it
 * only where it names one of the same version (`>=2.0.0-beta.1` has `2.0.0-rc.1` and not `2.1.0-rc.1`), or all that lie
 * in it with `includePrerelease`.
 */
export function parseVersionRange(text: string, includePrerelease = false, field = 'version_range'): VersionRange {
  if (text.length > MAX_RANGE_LENGTH) throw invalidRange(text, field, `it has ${text.length} characters`)
  const range = ranges.getOrCreate(`${includePrerelease} ${text}`, () => compile(text, includePrerelease))
  if (range === undefined) throw invalidRange(text, field, 'it is not a range')
  return range
}

/** Restricts a range to versions at or below a tag. The tag itself need not be in the range. */
export function notAbove(range: VersionRange, tag: RevisionTag): VersionRange {
  const end = justAbove(versionKey(tag))
  const intervals = range.intervals.map((interval) => (interval.to > end ? { ...interval, to: end } : interval))
  return {
    ...range,
    intervals: intervals.filter(({ from, to }) => from < to),
    includes: (each) => range.includes(each) && compareRevisionTags(each, tag) <= 0,
  }
}

function compile(text: string, includePrerelease: boolean): VersionRange | undefined {
  const range = tryParse(text, includePrerelease)
  return (
    range && {
      text,
      includePrerelease,
      intervals: withoutOverlap(range.set.flatMap((all) => toIntervals(all, includePrerelease))),
      includes: (tag) => {
        const version = versionOf(tag)
        return version !== null && range.test(version)
      },
    }
  )
}

function tryParse(text: string, includePrerelease: boolean): Range | undefined {
  try {
    return new Range(text, { includePrerelease })
  } catch {
    return undefined
  }
}

// What one alternative of a range has: with all pre-releases; or its releases, and the pre-releases of each version that
// it names a pre-release of (https://github.com/npm/node-semver#prerelease-tags).
function toIntervals(all: readonly Comparator[], includePrerelease: boolean): VersionInterval[] {
  const bounds = all.map(toBounds)
  const from = bounds.map((bound) => bound.from).reduce((a, b) => (a > b ? a : b), LOWEST_VERSION_KEY)
  const to = bounds.map((bound) => bound.to).reduce((a, b) => (a < b ? a : b), ABOVE_ALL_KEYS)
  if (includePrerelease) return nonEmpty({ from, to, releasesOnly: false })
  const named = all.map(({ semver }) => semver as Partial<VersionParts>).filter(hasPrerelease)
  const prereleases = named.flatMap((version) => {
    const [lowest, release] = [
      keyOfVersion({ ...version, prerelease: [0] }),
      keyOfVersion({ ...version, prerelease: [] }),
    ]
    return nonEmpty({ from: from > lowest ? from : lowest, to: to < release ? to : release, releasesOnly: false })
  })
  return [...nonEmpty({ from, to, releasesOnly: true }), ...prereleases]
}

// The comparator of "any version" has a symbol in the place of its version.
function toBounds({ operator, semver }: Comparator): { from: string; to: string } {
  if (typeof semver !== 'object') return { from: LOWEST_VERSION_KEY, to: ABOVE_ALL_KEYS }
  const key = keyOfVersion(semver)
  return {
    from: operator === '<' || operator === '<=' ? LOWEST_VERSION_KEY : operator === '>' ? justAbove(key) : key,
    to: operator === '>' || operator === '>=' ? ABOVE_ALL_KEYS : operator === '<' ? key : justAbove(key),
  }
}

function hasPrerelease(version: Partial<VersionParts>): version is VersionParts {
  return (version?.prerelease?.length ?? 0) > 0
}

function nonEmpty(interval: VersionInterval): VersionInterval[] {
  return interval.from < interval.to ? [interval] : []
}

// So that no version is looked for twice, however often a range says the same.
function withoutOverlap(intervals: readonly VersionInterval[]): VersionInterval[] {
  const merged: VersionInterval[] = []
  for (const interval of intervals.toSorted(byEndDescending)) {
    const index = merged.findIndex(
      ({ from, releasesOnly }) => from <= interval.to && releasesOnly === interval.releasesOnly,
    )
    const other = merged[index]
    if (other === undefined) merged.push(interval)
    else if (interval.from < other.from) merged[index] = { ...other, from: interval.from }
  }
  return merged
}

function byEndDescending(a: VersionInterval, b: VersionInterval): number {
  return a.to < b.to ? 1 : a.to > b.to ? -1 : 0
}

function invalidRange(text: string, field: string, what: string): RegistryError {
  return fieldError(
    'INVALID_VERSION_RANGE',
    field,
    `${field} ${quote(text)} is not valid, ${what}: it must be a range of semantic versions such as ^1.2, ` +
      `>=2.0.0-beta.1 or 1.x || 3.x, of at most ${MAX_RANGE_LENGTH} characters.`,
  )
}
