import { fieldError, type KnownReason, quote } from './errors.ts'
import { fitsGrammar, type Grammar } from './grammar.ts'

/** What a text for people may be: no C0 or C1 but for the tab and the ends of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern refuses control characters.
export const textPattern = /^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$/

/** A text for people, or throws `reason`. Empty is allowed. `maxLength` counts characters (code points), as JSON Schema does. */
export function parseText(text: string, field: string, maxLength: number, reason: KnownReason): string {
  const length = text.length > maxLength ? [...text].length : text.length
  if (length > maxLength) {
    throw fieldError(reason, field, `${field} has ${length} characters: it must have at most ${maxLength}.`)
  }
  // A half of a surrogate pair is nothing that a store keeps as it is.
  if (text.isWellFormed() && textPattern.test(text)) return text
  throw fieldError(reason, field, `${field} ${quote(text)} is not valid: it must be text without control characters.`)
}

/** A text that fits a grammar, or throws `reason` with what is allowed. */
export function parseGrammar(
  text: string,
  field: string,
  grammar: Grammar,
  { reason, allowed }: { readonly reason: KnownReason; readonly allowed: string },
): string {
  if (fitsGrammar(text, grammar)) return text
  throw fieldError(reason, field, `${field} ${quote(text)} is not valid: it must be ${allowed}.`)
}
