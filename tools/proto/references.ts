import type { Comments } from './read-comments.ts'

const REFERENCE = /(?:^| )See (\w+(?:\.\w+)+)\.$/

/** The element that a text refers to at its end, as in "See Revision.labels."; undefined if it refers to none. */
export function referenceOf(text: string): string | undefined {
  return REFERENCE.exec(text)?.[1]
}

/**
 * The comment of an element as one text that can be read alone. A comment that is only a reference becomes the comment
 * that it refers to. A reference at the end of a comment is replaced by the other comment without its first sentence:
 * the first sentence names the value, and the rest tells which values are allowed.
 *
 * Throws if there is no comment, or if the other comment has only one sentence.
 */
export function resolveComment(comments: Comments, name: string): string {
  const text = comments.get(name)?.join('\n\n')
  if (!text) throw new Error(`proto/ has no comment for ${name}`)
  const target = referenceOf(text)
  if (target === undefined) return text
  const referred = resolveComment(comments, target)
  const own = text.replace(REFERENCE, '')
  if (own === '') return referred
  const { rest } = splitSentence(referred)
  if (rest === '')
    throw new Error(
      `the comment of ${name} refers to ${target}, which has only one sentence; add a second one that says which values are allowed.`,
    )
  return `${own} ${rest}`
}

/** The first sentence of a text, and the rest without the white space between. */
export function splitSentence(text: string): { readonly first: string; readonly rest: string } {
  const end = /\.(?=\s|$)/.exec(text)?.index ?? text.length
  return { first: text.slice(0, end + 1), rest: text.slice(end + 1).trim() }
}
