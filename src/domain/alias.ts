import { type Grammar, parseGrammar } from './grammar.ts'
import type { RevisionTag } from './revision-tag.ts'

declare const brand: unique symbol

/** The parsed name of an alias. */
export type AliasName = string & { readonly [brand]: 'AliasName' }

/** The most aliases that a service may have. */
export const MAX_ALIASES = 64

/**
 * Lower kebab case, as in the names of services, except `default` and texts that node-semver reads as a version or a
 * range. In these letters, such a text is a number or an `x`, after any number of `v`.
 */
export const aliasNameGrammar: Grammar = {
  pattern: /^(?!(?:default|v*(?:x|[0-9]+))$)[a-z0-9]+(?:-[a-z0-9]+)*$/,
  maxLength: 63,
}

/** Another name for a revision of a service, such as `beta` or `production`. */
export interface Alias {
  readonly name: AliasName
  /** The range that the alias follows. Null: it is fixed to its tag. */
  readonly follows: { readonly range: string; readonly includePrerelease: boolean } | null
  /** The revision that the alias points to. Null: it follows a range that contains no revision. */
  readonly tag: RevisionTag | null
  /** Changes whenever the alias changes. */
  readonly etag: string
  /** Whether nobody but imports has ever set the alias. */
  readonly isImported: boolean
}

/** Parses the name of an alias. Throws `INVALID_ALIAS`, also for a text that could be a version or a range. */
export function parseAliasName(text: string): AliasName {
  const allowed =
    `lower kebab case, such as "beta", of 1 to ${aliasNameGrammar.maxLength} characters, ` +
    'except "default" and texts that could be a version or a range'
  return parseGrammar(text, 'alias', aliasNameGrammar, { reason: 'INVALID_ALIAS', allowed }) as AliasName
}
