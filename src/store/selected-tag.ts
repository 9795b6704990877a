import { findAlias, type Head } from '../domain/head.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import type { RevisionSelector } from './store.ts'

/** The tag that a selector names in a service with this head; null if it names none. */
export function selectedTag(head: Head, selector: RevisionSelector): RevisionTag | null {
  switch (selector.by) {
    case 'default':
      return head.defaultTag
    case 'tag':
      return selector.tag
    case 'alias':
      return findAlias(head, selector.alias)?.tag ?? null
  }
}
