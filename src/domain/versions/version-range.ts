import type Comparator from 'semver/classes/comparator.js'
import Range from 'semver/classes/range.js'
import { notValid, tooMany } from '../field-errors.ts'
import type { KnownReason } from '../reasons.ts'
import { RecentlyUsed } from '../recently-used.ts'
import type { RevisionTag } from '../revision-tag.ts'
import { compareRevisionTags, isRelease } from './revision-order.ts'
import {
  ABOVE_ALL_KEYS,
  justAbove,
  keyOfVersion,
  LOWEST_VERSION_KEY,
  type VersionParts,
  versionKey,
} from './version-key.ts'

/** The most characters that the text of a range may have. */
export const MAX_RANGE_LENGTH = 256

const REASON: KnownReason = 'INVALID_VERSION_RANGE'
const ALLOWED =
  'a range of semantic versions, such as ^1.2, >=2.0.0-beta.1 or 1.x || 3.x, ' +
  `of at most ${MAX_RANGE_LENGTH} characters`

/** Versions whose keys are at least `from` and below `to`. */
export interface VersionInterval {
  readonly from: string
  readonly to: string
  /** Whether the pre-releases between them are left out. */
  readonly releasesOnly: boolean
}

/** A parsed range of semantic versions. */
export interface VersionRange {
  /** The text as the caller gave it. */
  readonly text: string
  /** Whether the range contains pre-releases that it does not name. */
  readonly includePrerelease: boolean
  /**
   * The same range for an index. A version is in the range if it is in one of these intervals. The highest come first.
   */
  readonly intervals: readonly VersionInterval[]
  /** Whether the tag is a version in the range. */
  includes(tag: RevisionTag): boolean
}

// Callers ask for a few ranges again and again, and parsing a range takes longer than the rest of the answer.
const ranges = new RecentlyUsed<string, VersionRange | undefined>(1_000)

/**
 * Parses a range in the syntax of node-semver, or throws `INVALID_VERSION_RANGE` about `field`. The range contains a
 * pre-release only if it names a pre-release of the same version: `>=2.0.0-beta.1` contains `2.0.0-rc.1` and not
 * `2.1.0-rc.1`. With `includePrerelease` it contains every pre-release between its bounds.
 */
export function parseVersionRange(text: string, includePrerelease = false, field = 'version_range'): VersionRange {
  if (text.length > MAX_RANGE_LENGTH) throw tooMany(REASON, field, `${text.length} characters`, MAX_RANGE_LENGTH)
  const range = ranges.getOrCreate(`${includePrerelease} ${text}`, () => compile(text, includePrerelease))
  if (range === undefined) throw notValid(REASON, field, text, ALLOWED)
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
  if (range === undefined) return undefined
  const intervals = withoutOverlap(range.set.flatMap((all) => toIntervals(all, includePrerelease)))
  return { text, includePrerelease, intervals, includes: (tag) => isWithin(intervals, tag) }
}

// The `test` of the package's range rounds large numbers.
function isWithin(intervals: readonly VersionInterval[], tag: RevisionTag): boolean {
  const key = versionKey(tag)
  return intervals.some(({ from, to, releasesOnly }) => from <= key && key < to && (!releasesOnly || isRelease(tag)))
}

function tryParse(text: string, includePrerelease: boolean): Range | undefined {
  try {
    return new Range(text, { includePrerelease })
  } catch {
    return undefined
  }
}

// One alternative of a range contains its releases. If it names a pre-release, it also contains the other pre-releases
// of the same version between its bounds (https://github.com/npm/node-semver#prerelease-tags). With `includePrerelease`
// it contains all pre-releases between its bounds.
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

// The comparator for "any version" has a symbol instead of a version.
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

// Alternatives of a range may overlap. Merged intervals are searched once.
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
