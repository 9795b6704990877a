import { compare, parse } from 'semver'
import type { RevisionTag } from './revision-tag.ts'

/** Whether the tag is a strict Semantic Version 2.0.0; one leading `v` is allowed. */
export function isSemver(tag: RevisionTag): boolean {
  return parse(tag) !== null
}

/** Whether the tag is a semantic version without a pre-release part. */
export function isRelease(tag: RevisionTag): boolean {
  return parse(tag)?.prerelease.length === 0
}

/**
 * Orders tags: negative where `a` comes before `b`. Semantic versions are in order of precedence, above all other tags;
 * those are in order of their text. Zero for tags of one precedence, such as `1.2.9` and `v1.2.9`.
 */
export function compareRevisionTags(a: RevisionTag, b: RevisionTag): number {
  const [versionA, versionB] = [parse(a), parse(b)]
  if (versionA && versionB) return compare(versionA, versionB)
  if (versionA) return 1
  if (versionB) return -1
  return a < b ? -1 : a > b ? 1 : 0
}
