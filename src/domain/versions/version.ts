// An import from 'semver' itself would add ranges and everything else to a browser's bundle.
import type SemVer from 'semver/classes/semver.js'
import parse from 'semver/functions/parse.js'
import { RecentlyUsed } from '../recently-used.ts'

// One registration needs the versions of its tag and of the highest tags about a dozen times.
const versions = new RecentlyUsed<string, SemVer | null>(1_000)

/**
 * Parses a tag as a strict Semantic Version 2.0.0. One leading `v` is allowed. Null: the tag is not a semantic version.
 * The 1,000 most recently used results are kept.
 */
export function versionOf(tag: string): SemVer | null {
  return versions.getOrCreate(tag, parseTag)
}

function parseTag(tag: string): SemVer | null {
  return parse(tag)
}
