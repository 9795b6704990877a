import type { Alias } from '../domain/alias.ts'
import { type FullHead, findAlias, type Head } from '../domain/head.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import { damagedEntry, type EntryKey } from './forms/opened-entry.ts'
import type { RevisionSelector } from './store.ts'

/** The choice of a selector in a service with this head. */
export interface Choice {
  readonly head: Head
  /** The alias that the selector names. Null: the service does not have it, or the selector names no alias. */
  readonly alias: Alias | null
  /** The tag that the selector names; null if it names none. */
  readonly tag: RevisionTag | null
}

/** The choice of a selector that names no alias. */
export function choose(head: Head, selector: Exclude<RevisionSelector, { by: 'alias' }>): Choice {
  return { head, alias: null, tag: selector.by === 'default' ? head.defaultTag : selector.tag }
}

/** The choice of a selector that names an alias. */
export function chooseByAlias(
  { aliases, aliasPlace: _, ...head }: FullHead,
  selector: Extract<RevisionSelector, { by: 'alias' }>,
): Choice {
  const alias = findAlias({ aliases }, selector.alias) ?? null
  return { head, alias, tag: alias?.tag ?? null }
}

/** The tags of the candidates that a lookup reads with the revision: those of the rollout, if it is for the default. */
export function candidateTags({ rollout }: Head, selector: RevisionSelector): readonly RevisionTag[] {
  return rollout === null || selector.by !== 'default' ? [] : rollout.candidates.map(({ tag }) => tag)
}

/** The tag that a selector names in a service with this head; null if it names none. */
export function selectedTag(head: FullHead, selector: RevisionSelector): RevisionTag | null {
  return (selector.by === 'alias' ? chooseByAlias(head, selector) : choose(head, selector)).tag
}

/**
 * Throws `DAMAGED_ENTRY` if a head or an alias names a revision that has no entry. A tag that a caller names need not
 * have one.
 */
export function requireChosen(
  key: EntryKey,
  selector: RevisionSelector,
  { tag, holder }: { readonly tag: RevisionTag | null; readonly holder: unknown },
): void {
  if (selector.by !== 'tag' && tag !== null && holder === null) throw damagedEntry(key)
}
