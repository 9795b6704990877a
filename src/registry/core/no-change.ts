import { isDeepStrictEqual } from 'node:util'
import type { Head } from '../../domain/head.ts'
import { type Entry, isRevisionEntry, type Revision, type Snapshot } from '../../domain/log.ts'

/**
 * Whether an entry would leave the revision and the head as they are. Only the author and the time of a decision about
 * the default, and etags, may differ.
 */
export function changesNothing(entry: Entry, newest: Snapshot): boolean {
  // The other entries contain a revision, too, but do not change it.
  return (
    (!isRevisionEntry(entry) || isSameRevision(entry.revision, newest.revision)) && isSameHead(entry.head, newest.head)
  )
}

/** Whether two states of a revision are the same, except for their etags. */
export function isSameRevision(a: Revision, b: Revision | null): boolean {
  return b !== null && isDeepStrictEqual({ ...a, etag: '' }, { ...b, etag: '' })
}

// All fields are compared except those that are named here. A field that is forgotten here costs an entry. If fields
// were compared by name, a forgotten one would lose a change.
function isSameHead(a: Head, b: Head): boolean {
  return isDeepStrictEqual(withoutMarks(a), withoutMarks(b))
}

function withoutMarks({ defaultRule, aliases, ...head }: Head) {
  return {
    ...{ ...head, etag: '' },
    defaultRule: defaultRule && { ...defaultRule, actor: '', time: 0 },
    aliases: aliases.map((alias) => ({ ...alias, etag: '' })),
  }
}
