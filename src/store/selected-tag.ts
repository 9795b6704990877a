import { type FullHead, findAlias, type Head } from '../domain/head.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import type { RevisionSelector } from './store.ts'

/** The tag that a selector names in a service with this head; null if it names none. */
export function selectedTag(head: FullHead, selector: RevisionSelector): RevisionTag | null {
  return selector.by === 'alias' ? (findAlias(head, selector.alias)?.tag ?? null) : tagWithoutAliases(head, selector)
}

/** As `selectedTag`, for a selector that names no alias. */
export function tagWithoutAliases(
  { defaultTag }: Head,
  selector: Exclude<RevisionSelector, { by: 'alias' }>,
): RevisionTag | null {
  return selector.by === 'default' ? defaultTag : selector.tag
}
