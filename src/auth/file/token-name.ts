import { fitsGrammar, type Grammar } from '../../domain/grammar.ts'

const grammar: Grammar = { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/, maxLength: 64 }

/** Completes "use …" in a message about the name of a static token. */
export const allowedTokenNames =
  '1 to 64 letters, digits, ".", "_" or "-", such as "ci-legacy", the first a letter or a digit'

/** Whether a text may be the name of a static token. */
export function isTokenName(text: string): boolean {
  return fitsGrammar(text, grammar)
}
