import type { RevisionTag } from '../revision-tag.ts'
import { versionOf } from './version.ts'

// The byte order of keys is the order of their versions. A database index can therefore find the highest version of a
// range in one step. This is the only order of versions: the `semver` package rounds numbers of more than 53 bits when it
// compares them (https://github.com/npm/node-semver/pull/880), so it only parses.

const NO_VERSION = '0'
const VERSION = '1'
const [NUMBER, WORD, RELEASE] = ['0', '1', '~']
/** Ends an identifier. It sorts below every character of an identifier, and below the beginning of the next one. */
const END = ' '

const DIGITS = /^\d+$/
/** The length of a number and its digits, if they may be too many for 53 bits. */
const LONG_NUMBER = /0[g-z]\d{16}|[1-9a-z][0-9a-z]\d{36}/

/** Sorts below the keys of all semantic versions and above the keys of all other tags. */
export const LOWEST_VERSION_KEY = VERSION

/** Sorts above the keys of all tags. */
export const ABOVE_ALL_KEYS = '2'

/** The parts of a version that decide its precedence. */
export interface VersionParts {
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** Numbers from 2^53 - 1 on are text. */
  readonly prerelease: readonly (string | number)[]
}

/**
 * The key of a tag. The text order of two keys is the order of their tags in `compareRevisionTags`. Tags of the same
 * precedence, such as `1.2.9` and `v1.2.9`, have the same key.
 */
export function versionKey(tag: string): string {
  const version = versionOf(tag)
  return version === null ? `${NO_VERSION}${tag}` : keyOfVersion(version)
}

/** The key of a version. The version need not be a tag. */
export function keyOfVersion({ major, minor, patch, prerelease }: VersionParts): string {
  const core = `${VERSION}${keyOfNumber(major)}${keyOfNumber(minor)}${keyOfNumber(patch)}`
  return core + (prerelease.length === 0 ? RELEASE : prerelease.map(keyOfIdentifier).join(''))
}

/**
 * The key that earlier versions of Waypost stored for a tag. They rounded the numbers of a pre-release to 53 bits. It is
 * the key of `versionKey` for all other tags.
 */
export function roundedVersionKey(tag: RevisionTag): string {
  const version = versionOf(tag)
  return version === null ? versionKey(tag) : keyOfVersion({ ...version, prerelease: version.prerelease.map(round) })
}

/** Whether a stored key is the key of the tag, now or in earlier versions of Waypost. */
export function isKeyOf(tag: RevisionTag, key: string): boolean {
  return key === versionKey(tag) || key === roundedVersionKey(tag)
}

/** Whether an earlier version of Waypost may have stored another key than this one for the same tag. */
export function hasLongNumber(key: string): boolean {
  return LONG_NUMBER.test(key)
}

/** A text that sorts above a key and below the keys of all higher versions. */
export function justAbove(key: string): string {
  return `${key}${END}`
}

// A number is text if it has more digits than the package keeps as a number.
function keyOfIdentifier(identifier: string | number): string {
  return DIGITS.test(String(identifier)) ? `${NUMBER}${keyOfNumber(identifier)}` : `${WORD}${identifier}${END}`
}

// The length of the number comes first, so that 10 sorts above 9.
function keyOfNumber(number: string | number): string {
  const digits = String(number)
  return digits.length.toString(36).padStart(2, '0') + digits
}

function round(identifier: string | number): string | number {
  return DIGITS.test(String(identifier)) ? BigInt(Number(identifier)).toString() : identifier
}
