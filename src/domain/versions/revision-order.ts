import type { RevisionTag } from '../revision-tag.ts'
import { versionOf } from './version.ts'
import { versionKey } from './version-key.ts'

/** Whether the tag is a strict Semantic Version 2.0.0. One leading `v` is allowed. */
export function isSemver(tag: RevisionTag): boolean {
  return versionOf(tag) !== null
}

/** Whether the tag is a semantic version without a pre-release part. */
export function isRelease(tag: RevisionTag): boolean {
  return versionOf(tag)?.prerelease.length === 0
}

/**
 * Compares two tags for `Array.prototype.sort`. The result is negative if `a` comes before `b`. Semantic versions (one
 * leading `v` is allowed) are ordered by precedence (Semantic Versioning 2.0.0, section 11) and come after all other
 * tags. Other tags are ordered by UTF-16 code units. The result is zero for tags of equal precedence, such as `1.2.9`
 * and `v1.2.9`. Never throws.
 *
 * @example
 * ['1.10.0', 'main', '1.9.0', '2.0.0-rc.1'].sort(compareRevisionTags) // main, 1.9.0, 1.10.0, 2.0.0-rc.1
 */
export function compareRevisionTags(a: string, b: string): number {
  const [keyA, keyB] = [versionKey(a), versionKey(b)]
  return keyA < keyB ? -1 : keyA > keyB ? 1 : 0
}
