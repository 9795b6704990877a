import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findNeedles } from './needles.ts'

/**
 * Looks for the tokens of a whole run in everything that its servers have written. Throws if it finds one. Returns the
 * numbers of both.
 */
export function searchTokens(folder: string): { readonly needles: number; readonly words: number } {
  const read = (kind: string) =>
    new Set(
      readdirSync(folder)
        .filter((name) => name.startsWith(`${kind}-`))
        .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
        .filter((line) => line !== ''),
    )
  const [needles, words] = [read('needles'), read('words')]
  const found = findNeedles(needles, words)
  if (found.length === 0) return { needles: needles.size, words: words.size }
  throw new Error(`the servers of this run have written ${found.length} parts of tokens: ${found.join(', ')}`)
}
