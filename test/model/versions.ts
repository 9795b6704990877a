import { compare, parse, satisfies } from 'semver'
import type { ModelRevision } from './state.ts'

/** Whether a tag is a semantic version. */
export function isVersion(tag: string): boolean {
  return parse(tag) !== null
}

/** Whether a tag is a semantic version and no pre-release. */
export function isRelease(tag: string): boolean {
  return parse(tag)?.prerelease.length === 0
}

/** Whether no version is higher than the tag, which is one. */
export function isHighest(tag: string, versions: readonly ModelRevision[]): boolean {
  return versions.every((other) => compare(other.tag, tag) <= 0)
}

/** The highest version of those that a range has; of equal ones, that which came last. */
export function maxSatisfying(
  revisions: readonly ModelRevision[],
  range: string,
  includePrerelease: boolean,
): ModelRevision | undefined {
  return highest(revisions.filter(({ tag }) => isVersion(tag) && satisfies(tag, range, { includePrerelease })))
}

/** The highest version; of equal ones, that which came last. */
export function highest(revisions: readonly ModelRevision[]): ModelRevision | undefined {
  return byVersion(revisions).find(({ tag }) => isVersion(tag))
}

/** From the highest version down, the later of equal ones first; then what is no version, in the reverse order of the text. */
export function byVersion(revisions: readonly ModelRevision[]): ModelRevision[] {
  const newestFirst = revisions.toReversed()
  const versions = newestFirst.filter(({ tag }) => isVersion(tag)).sort((a, b) => compare(b.tag, a.tag))
  const others = newestFirst.filter(({ tag }) => !isVersion(tag)).sort((a, b) => (a.tag < b.tag ? 1 : -1))
  return [...versions, ...others]
}
