import { notValid } from './field-errors.ts'
import { fitsGrammar, type Grammar } from './grammar.ts'

declare const brand: unique symbol

/**
 * A parsed revision tag. It has the format of a Docker tag, and it can be used as a string.
 *
 * @example
 * const { revisionTag }: { revisionTag: RevisionTag } = parseSruid('my-org/my-service:1.2.9')
 */
export type RevisionTag = string & { readonly [brand]: 'RevisionTag' }

/** The grammar of a revision tag. As one pattern: `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`. */
export const revisionTagGrammar: Grammar = { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, maxLength: 128 }

/**
 * Whether the text is a revision tag: `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`, the format of a Docker tag.
 *
 * @example
 * isRevisionTag('1.2.9') // true
 * isRevisionTag('1.2.9+build') // false: a `+` is not allowed
 */
export function isRevisionTag(text: string): text is RevisionTag {
  return fitsGrammar(text, revisionTagGrammar)
}

/** Parses a revision tag, or throws `INVALID_REVISION_TAG` about `field`. */
export function parseRevisionTag(text: string, field = 'revision_tag'): RevisionTag {
  // Most texts are valid, and making the text of an error takes longer than checking one.
  if (isRevisionTag(text)) return text
  const hint = text.includes('+') ? ", without the build metadata after '+'" : ''
  const allowed =
    `1 to ${revisionTagGrammar.maxLength} letters, digits, '_', '.' or '-' that start with a letter, a digit or '_'` +
    hint
  throw notValid('INVALID_REVISION_TAG', field, text, allowed)
}
