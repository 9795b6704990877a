import { fieldError, quote } from './errors.ts'
import { fitsGrammar, type Grammar } from './grammar.ts'
import type { RevisionTag } from './revision-tag.ts'

declare const brand: unique symbol

/** The name of an alias that has been parsed. */
export type AliasName = string & { readonly [brand]: 'AliasName' }

/** How many aliases a service may have. */
export const MAX_ALIASES = 64

/**
 * Lower kebab case, as names of services are, but for `default` and for what node-semver reads as a version or a range: in
 * these letters, a number or an `x`, with any number of `v` in front.
 */
export const aliasNameGrammar: Grammar = {
  pattern: /^(?!(?:default|v*(?:x|[0-9]+))$)[a-z0-9]+(?:-[a-z0-9]+)*$/,
  maxLength: 63,
}

/** Another name for a revision of a service, such as `beta` or `production`. */
export interface Alias {
  readonly name: AliasName
  /** The range that it follows; null: it stays with its tag. */
  readonly follows: { readonly range: string; readonly includePrerelease: boolean } | null
  /** The revision that it points to; null: it follows a range in which there is none. */
  readonly tag: RevisionTag | null
  /** Changes whenever the alias does. */
  readonly etag: string
}

/** Parses the name of an alias, or throws `INVALID_ALIAS`. What could be read as a version or a range is none. */
export function parseAliasName(text: string): AliasName {
  if (fitsGrammar(text, aliasNameGrammar)) return text as AliasName
  throw fieldError(
    'INVALID_ALIAS',
    'alias',
    `alias ${quote(text)} is not valid: it must be 1 to ${aliasNameGrammar.maxLength} characters of lower kebab case ` +
      "(a-z and 0-9 in groups joined by single '-'), neither 'default' nor what could be a version or a range.",
  )
}
