import { type Rule, rules } from './rules.ts'

/** Words of a file that a rule flags. */
export interface Finding {
  readonly rule: Rule['name']
  /** The place of the first word. Both count from 1. */
  readonly line: number
  readonly column: number
  readonly words: string
  readonly instead: string
}

const patterns = rules.map(({ pattern, ...rule }) => ({
  rule,
  pattern: new RegExp(pattern.replaceAll(' ', String.raw`\s+`), 'giu'),
}))

/** Finds the constructions of all rules in a text, in the order of their places. The rules are matched with its mask. */
export function findConstructions(text: string, masked: string): Finding[] {
  const found = patterns.flatMap(({ rule, pattern }) =>
    [...masked.matchAll(pattern)].map(({ index, 0: { length } }) => ({ rule, index, end: index + length })),
  )
  return found
    .toSorted((a, b) => a.index - b.index)
    .map(({ rule: { name, instead }, index, end }) => ({
      ...{ rule: name, instead, words: wordsAt(text, masked, index, end) },
      ...placeOf(text, index),
    }))
}

/** The words from an offset to another, and up to three more of the same text. */
function wordsAt(text: string, masked: string, start: number, end: number): string {
  const [more = ''] = /^\s*(?:[^\s¶]+\s+){0,2}[^\s¶]*/.exec(masked.slice(end)) ?? []
  return text
    .slice(start, end + more.length)
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function placeOf(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index)
  return { line: before.split('\n').length, column: index - before.lastIndexOf('\n') }
}
