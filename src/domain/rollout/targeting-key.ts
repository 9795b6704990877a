import { fieldError } from '../errors.ts'
import { tooMany } from '../field-errors.ts'
import type { KnownReason } from '../reasons.ts'
import { countCharacters } from '../text.ts'

declare const brand: unique symbol

/** The parsed key by which a rollout tells callers apart, such as the id of a user. It can be used as a string. */
export type TargetingKey = string & { readonly [brand]: 'TargetingKey' }

/** The most characters (code points) of a targeting key. */
export const MAX_TARGETING_KEY = 256

/**
 * Finds a character that targeting keys and salts do not have: a control character of C0 or C1, a separator of lines or
 * paragraphs (U+2028, U+2029), or half of a surrogate pair, which UTF-8 cannot represent.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters.
const forbidden = /[\x00-\x1f\x7f-\x9f\u2028\u2029]|\p{Surrogate}/u

/**
 * Parses a targeting key: 1 to 256 characters (code points) of Unicode text without control characters and line breaks. It
 * is not normalized, so an `é` of one code point and an `é` of two make different keys. Throws `reason` about `field`. The
 * message does not quote the key, because a key may identify a person.
 */
export function parseTargetingKey(
  text: string,
  field = 'targeting_key',
  reason: KnownReason = 'INVALID_TARGETING_KEY',
): TargetingKey {
  if (text === '') throw fieldError(reason, field, `${field} is empty; use 1 to ${MAX_TARGETING_KEY} characters.`)
  return requireKeyText(text, field, MAX_TARGETING_KEY, reason) as TargetingKey
}

/** Returns the text if it has at most `maxLength` characters, and only those of targeting keys. Throws `reason` otherwise. */
export function requireKeyText(text: string, field: string, maxLength: number, reason: KnownReason): string {
  const length = text.length > maxLength ? countCharacters(text) : text.length
  if (length > maxLength) throw tooMany(reason, field, `${length} characters`, maxLength)
  const at = text.search(forbidden)
  if (at === -1) return text
  const code = (text.codePointAt(at) as number).toString(16).toUpperCase().padStart(4, '0')
  const place = countCharacters(text.slice(0, at)) + 1
  const allowed = 'well-formed Unicode text without control characters and line breaks'
  throw fieldError(reason, field, `${field} has U+${code} as its character ${place}; use ${allowed}.`)
}
