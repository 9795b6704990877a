import { inspect } from 'node:util'
import { needlesOf, wordsOf } from './needles.ts'

/** The tokens that were used in this process, and the words of everything that servers have written. */
export interface Recorder {
  readonly needles: Set<string>
  readonly words: Set<string>
}

// Test files that share a process have modules of their own, and servers that began in one of them write in the next.
const shared = globalThis as { waypostTokenSearch?: Recorder }
shared.waypostTokenSearch ??= { needles: new Set(), words: new Set() }

export const recorder: Recorder = shared.waypostTokenSearch

/** Remembers a token, which nothing that a server writes may contain. */
export function recordToken(token: string | undefined): void {
  for (const needle of needlesOf(token ?? '')) recorder.needles.add(needle)
}

/** Remembers a text that a server has written: lines of its log, an error that it has sent, spans, or a store. */
export function recordOutput(text: string): void {
  for (const word of wordsOf(text)) recorder.words.add(word)
}

/** Remembers the fields of a message of a log, with the causes of its errors. */
export function recordFields(fields: object): void {
  recordOutput(inspect(fields, { depth: 8, maxStringLength: null, maxArrayLength: null, breakLength: Infinity }))
}
