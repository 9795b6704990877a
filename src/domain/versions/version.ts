// Not from 'semver' itself, which brings ranges and all the rest into a browser's bundle.
import type SemVer from 'semver/classes/semver.js'
import parse from 'semver/functions/parse.js'
import { RecentlyUsed } from '../recently-used.ts'

// One registration asks for the version of its tag, and of the highest tags before it, about a dozen times.
const versions = new RecentlyUsed<string, SemVer | null>(1_000)

/**
 * The semantic version that a tag is, or null. A tag is one if it is a strict Semantic Version 2.0.0; one leading `v` is
 * allowed. It is parsed once as long as it is among the last 1,000 that were asked for.
 */
export function versionOf(tag: string): SemVer | null {
  return versions.getOrCreate(tag, parseTag)
}

function parseTag(tag: string): SemVer | null {
  return parse(tag)
}
