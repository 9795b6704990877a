import { notValid } from './field-errors.ts'
import type { KnownReason } from './reasons.ts'

/** The texts that a field allows: a linear pattern of ASCII characters, and a length. The empty text never fits. */
export interface Grammar {
  readonly pattern: RegExp
  /** In characters. */
  readonly maxLength: number
}

/** The error for a text that does not fit a grammar. */
export interface GrammarError {
  readonly reason: KnownReason
  /** Completes "use …" in the message, such as "lower kebab case". */
  readonly allowed: string
}

/** Whether the text fits the grammar. */
export function fitsGrammar(text: string, { pattern, maxLength }: Grammar): boolean {
  // The pattern never runs on a text that is too long.
  return text.length <= maxLength && pattern.test(text)
}

/** Returns the text if it fits the grammar. Otherwise it throws an error about `field`. */
export function parseGrammar(text: string, field: string, grammar: Grammar, { reason, allowed }: GrammarError): string {
  if (fitsGrammar(text, grammar)) return text
  throw notValid(reason, field, text, allowed)
}
