import type { KnownReason } from './errors.ts'
import { notValid, tooMany } from './field-errors.ts'

/** A text for people: it has no C0 or C1 control characters except tabs and line ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern refuses control characters.
export const textPattern = /^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$/

/**
 * Returns a text for people if it is valid, and throws `reason` otherwise. The text may be empty. `maxLength` counts
 * characters (code points), as JSON Schema does.
 */
export function parseText(text: string, field: string, maxLength: number, reason: KnownReason): string {
  const length = text.length > maxLength ? [...text].length : text.length
  if (length > maxLength) throw tooMany(reason, field, `${length} characters`, maxLength)
  // A store may not keep half of a surrogate pair.
  if (text.isWellFormed() && textPattern.test(text)) return text
  throw notValid(reason, field, text, 'Unicode text without control characters, except tabs and line ends')
}
