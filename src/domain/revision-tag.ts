import { fieldError, quote, type RegistryError } from './errors.ts'
import { fitsGrammar, type Grammar } from './grammar.ts'

declare const brand: unique symbol

/**
 * A revision tag that has been parsed: the Docker tag format. It is a string wherever one is wanted.
 *
 * @example
 * const { revisionTag }: { revisionTag: RevisionTag } = parseSruid('my-org/my-service:1.2.9')
 */
export type RevisionTag = string & { readonly [brand]: 'RevisionTag' }

/** The grammar of a revision tag. As one pattern: `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`. */
export const revisionTagGrammar: Grammar = { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, maxLength: 128 }

/**
 * Whether the text is a revision tag: `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`, which is what Docker allows as a tag.
 *
 * @example
 * isRevisionTag('1.2.9') // true
 * isRevisionTag('1.2.9+build') // false: a `+` is not allowed
 */
export function isRevisionTag(text: string): text is RevisionTag {
  return fitsGrammar(text, revisionTagGrammar)
}

/** Parses a revision tag, or throws `INVALID_REVISION_TAG` about the field that it is in. */
export function parseRevisionTag(text: string, field = 'revision_tag'): RevisionTag {
  if (isRevisionTag(text)) return text
  throw invalidTag(text, field)
}

function invalidTag(text: string, field: string): RegistryError {
  const hint = text.includes('+') ? " A '+' is not allowed: register the version without its build metadata." : ''
  return fieldError(
    'INVALID_REVISION_TAG',
    field,
    `${field} ${quote(text)} is not valid: it must be 1 to ${revisionTagGrammar.maxLength} letters, digits, '_', '.' or '-', ` +
      `and start with a letter, a digit or '_'.${hint}`,
  )
}
