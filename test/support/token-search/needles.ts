/** Shorter tokens are words like "abc", which a log may have for other reasons. */
export const SHORTEST_TOKEN = 12

/** The shortest part of a token that identifies it. */
const SHORTEST_PART = 16
const NEEDLE = 24

/** The fewest different characters of a token. */
const FEWEST_CHARACTERS = 5

/**
 * The texts by which a token is found: the beginning and the end of its signature and the beginning of its claims if it is a JWT, and
 * otherwise its beginning. So it is found, too, if only a part of it was written. Empty: it is too short.
 */
export function needlesOf(token: string): readonly string[] {
  const parts = token.split('.')
  if (parts.length !== 3) return [token.slice(0, NEEDLE)].filter((needle) => isTelling(needle, SHORTEST_TOKEN))
  const [, claims = '', signature = ''] = parts
  const needles = [claims.slice(0, NEEDLE * 2), signature.slice(0, NEEDLE), signature.slice(-NEEDLE)]
  return needles.filter((needle) => isTelling(needle, SHORTEST_PART))
}

// Tests of limits use tokens such as 9,000 times "a".
function isTelling(needle: string, shortest: number): boolean {
  return needle.length >= shortest && new Set(needle).size >= FEWEST_CHARACTERS
}

// The characters of tokens (RFC 6750, section 2.1).
const WORD = /[\w.~+/=-]{12,}/g

/** The words of a text that can be a token or a part of one. */
export function wordsOf(text: string): readonly string[] {
  return text.match(WORD) ?? []
}

/** The needles that the words contain. */
export function findNeedles(needles: Iterable<string>, words: Iterable<string>): string[] {
  const all = [...words].join('\n')
  return [...needles].filter((needle) => all.includes(needle))
}

/** The token in the value of a header `Authorization`, whatever its scheme is. Empty: the value has no token. */
export function tokenIn(header: unknown): string {
  return typeof header === 'string' ? header.trim().replace(/^\S+\s+/, '') : ''
}
