import { parse } from 'semver'
import { compareVersions as compare, isInRange } from '../support/version-oracle.ts'

/** Anything that has a tag, such as a revision of the model. */
interface Tagged {
  readonly tag: string
}

/** Whether a tag is a semantic version. */
export function isVersion(tag: string): boolean {
  return parse(tag) !== null
}

/** Whether a tag is a semantic version and not a pre-release. */
export function isRelease(tag: string): boolean {
  return parse(tag)?.prerelease.length === 0
}

/** Whether no version is higher than the tag. The tag must be a version. */
export function isHighest(tag: string, versions: readonly Tagged[]): boolean {
  return versions.every((other) => compare(other.tag, tag) <= 0)
}

/** The highest version in a range. Among equal versions the last one counts. */
export function maxSatisfying<R extends Tagged>(
  revisions: readonly R[],
  range: string,
  includePrerelease: boolean,
): R | undefined {
  return highest(revisions.filter(({ tag }) => isVersion(tag) && isInRange(tag, range, includePrerelease)))
}

/** The highest version. Among equal versions the last one counts. */
export function highest<R extends Tagged>(revisions: readonly R[]): R | undefined {
  return byVersion(revisions).find(({ tag }) => isVersion(tag))
}

/** Sorts from the highest version down, the later of equal ones first. Other tags follow in reverse order of text. */
export function byVersion<R extends Tagged>(revisions: readonly R[]): R[] {
  const newestFirst = revisions.toReversed()
  const versions = newestFirst.filter(({ tag }) => isVersion(tag)).sort((a, b) => compare(b.tag, a.tag))
  const others = newestFirst.filter(({ tag }) => !isVersion(tag)).sort((a, b) => (a.tag < b.tag ? 1 : -1))
  return [...versions, ...others]
}
