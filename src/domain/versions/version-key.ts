import type { RevisionTag } from '../revision-tag.ts'
import { versionOf } from './version.ts'

// The byte order of keys is the order of their versions. A database index can therefore find the highest version of a
// range in one step. `test/domain/version-key.test.ts` compares this order with the order of the `semver` package.

const NO_VERSION = '0'
const VERSION = '1'
const [NUMBER, WORD, RELEASE] = ['0', '1', '~']
/** Ends an identifier. It sorts below every character of an identifier, and below the beginning of the next one. */
const END = ' '

/** Sorts below the keys of all semantic versions and above the keys of all other tags. */
export const LOWEST_VERSION_KEY = VERSION

/** Sorts above the keys of all tags. */
export const ABOVE_ALL_KEYS = '2'

/** The parts of a version that decide its precedence. */
export interface VersionParts {
  readonly major: number
  readonly minor: number
  readonly patch: number
  readonly prerelease: readonly (string | number)[]
}

/**
 * The key of a tag. The text order of two keys is the order of their tags in `compareRevisionTags`. Tags of the same
 * precedence, such as `1.2.9` and `v1.2.9`, have the same key.
 */
export function versionKey(tag: RevisionTag): string {
  const version = versionOf(tag)
  return version === null ? `${NO_VERSION}${tag}` : keyOfVersion(version)
}

/** The key of a version. The version need not be a tag. */
export function keyOfVersion({ major, minor, patch, prerelease }: VersionParts): string {
  const core = `${VERSION}${keyOfNumber(major)}${keyOfNumber(minor)}${keyOfNumber(patch)}`
  return core + (prerelease.length === 0 ? RELEASE : prerelease.map(keyOfIdentifier).join(''))
}

/** A text that sorts above a key and below the keys of all higher versions. */
export function justAbove(key: string): string {
  return `${key}${END}`
}

// The package leaves numbers that are too large as text, but it compares them as numbers.
function keyOfIdentifier(identifier: string | number): string {
  const isNumber = /^\d+$/.test(String(identifier))
  return isNumber ? `${NUMBER}${keyOfNumber(Number(identifier))}` : `${WORD}${identifier}${END}`
}

// The length of the number comes first, so that 10 sorts above 9.
function keyOfNumber(number: number): string {
  const digits = Number.isSafeInteger(number) ? String(number) : BigInt(number).toString()
  return digits.length.toString(36).padStart(2, '0') + digits
}
