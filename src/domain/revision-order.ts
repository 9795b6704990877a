// Not from 'semver' itself, which brings ranges and all the rest into a browser's bundle.
import compare from 'semver/functions/compare.js'
import parse from 'semver/functions/parse.js'
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
 * Orders tags, as `Array.prototype.sort` takes it: negative where `a` comes before `b`. Semantic versions (one leading `v`
 * is allowed) are in order of their precedence (Semantic Versioning 2.0.0, section 11), above all other tags; those are
 * in order of their UTF-16 text. Zero for tags of one precedence, such as `1.2.9` and `v1.2.9`. It never throws.
 *
 * @example
 * ['1.10.0', 'main', '1.9.0', '2.0.0-rc.1'].sort(compareRevisionTags) // main, 1.9.0, 1.10.0, 2.0.0-rc.1
 */
export function compareRevisionTags(a: string, b: string): number {
  const [versionA, versionB] = [parse(a), parse(b)]
  if (versionA && versionB) return compare(versionA, versionB)
  if (versionA) return 1
  if (versionB) return -1
  return a < b ? -1 : a > b ? 1 : 0
}
