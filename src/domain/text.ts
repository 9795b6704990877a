import { notValid, tooMany } from './field-errors.ts'
import type { KnownReason } from './reasons.ts'

/**
 * A text for people. It has no C0 or C1 control characters except tabs and line ends, and none of the characters that show
 * the text around them in another order (U+202A to U+202E, U+2066 to U+2069). With these, a text can look as if it said
 * something else. The marks that right-to-left scripts need (U+061C, U+200E and U+200F) are allowed.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern refuses control characters.
export const textPattern = /^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$/

const ALLOWED =
  'Unicode text without control characters (except tabs and line ends) and without characters that reorder text ' +
  '(U+202A to U+202E, U+2066 to U+2069)'

/**
 * Returns a text for people if it is valid, and throws `reason` otherwise. The text may be empty. `maxLength` counts
 * characters (code points), as JSON Schema does.
 */
export function parseText(text: string, field: string, maxLength: number, reason: KnownReason): string {
  const length = text.length > maxLength ? countCharacters(text) : text.length
  if (length > maxLength) throw tooMany(reason, field, `${length} characters`, maxLength)
  // A store may not keep half of a surrogate pair.
  if (text.isWellFormed() && textPattern.test(text)) return text
  throw notValid(reason, field, text, ALLOWED)
}

/** The number of characters (code points) of a text. */
// A refused text may have a million characters, so no list is made of them.
export function countCharacters(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; count++) at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1
  return count
}
