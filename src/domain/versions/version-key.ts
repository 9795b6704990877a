import type { RevisionTag } from '../revision-tag.ts'
import { versionOf } from './version.ts'

// A key sorts as its version does, byte by byte, so that an index of a database finds the highest version of a range in
// one step. `test/domain/version-key.test.ts` holds it against the `semver` package.

const NO_VERSION = '0'
const VERSION = '1'
const [NUMBER, WORD, RELEASE] = ['0', '1', '~']
/** Below all that may follow the same beginning, in identifiers and between them. */
const END = ' '

/** What sorts below every semantic version, and above every other tag. */
export const LOWEST_VERSION_KEY = VERSION

/** What sorts above every tag. */
export const ABOVE_ALL_KEYS = '2'

/** The parts of a version that its precedence depends on. */
export interface VersionParts {
  readonly major: number
  readonly minor: number
  readonly patch: number
  readonly prerelease: readonly (string | number)[]
}

/**
 * The key of a tag: comparing two keys as text orders their tags as `compareRevisionTags` does. Equal for tags of one
 * precedence, such as `1.2.9` and `v1.2.9`.
 */
export function versionKey(tag: RevisionTag): string {
  const version = versionOf(tag)
  return version === null ? `${NO_VERSION}${tag}` : keyOfVersion(version)
}

/** The key of a version, which need not be a tag. */
export function keyOfVersion({ major, minor, patch, prerelease }: VersionParts): string {
  const core = `${VERSION}${keyOfNumber(major)}${keyOfNumber(minor)}${keyOfNumber(patch)}`
  return core + (prerelease.length === 0 ? RELEASE : prerelease.map(keyOfIdentifier).join(''))
}

/** The least text that sorts above a key and below those of all higher versions. */
export function justAbove(key: string): string {
  return `${key}${END}`
}

// The package compares numbers that it left as text, because they are too large, as numbers all the same.
function keyOfIdentifier(identifier: string | number): string {
  const isNumber = /^\d+$/.test(String(identifier))
  return isNumber ? `${NUMBER}${keyOfNumber(Number(identifier))}` : `${WORD}${identifier}${END}`
}

// Its length goes first, so that 10 sorts above 9.
function keyOfNumber(number: number): string {
  const digits = Number.isSafeInteger(number) ? String(number) : BigInt(number).toString()
  return digits.length.toString(36).padStart(2, '0') + digits
}
