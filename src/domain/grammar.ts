/** What a text may be: a linear pattern of ASCII characters that no empty text fits, and how many of them at most. */
export interface Grammar {
  readonly pattern: RegExp
  readonly maxLength: number
}

/** Whether the text fits the grammar. */
export function fitsGrammar(text: string, { pattern, maxLength }: Grammar): boolean {
  // The length goes first: the pattern then sees no more than it allows.
  return text.length <= maxLength && pattern.test(text)
}
