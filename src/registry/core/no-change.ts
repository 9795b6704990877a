import { isDeepStrictEqual } from 'node:util'
import type { FullHead } from '../../domain/head.ts'
import { type Entry, type FullRevision, type FullSnapshot, isRevisionEntry } from '../../domain/log.ts'

/**
 * Whether an entry would leave the revision and the head as they are. Only marks may differ: etags, the writers of the
 * revision, the author and the time of a decision about the default or the rollout, and the places of large parts. A
 * default or an alias that only imports have set changes if somebody else sets it, because later imports leave it alone.
 */
export function changesNothing(entry: Entry, newest: FullSnapshot): boolean {
  return (
    (!isRevisionEntry(entry) || isSameRevision(entry.revision, newest.revision)) && isSameHead(entry.head, newest.head)
  )
}

/** Whether two states of a revision are the same, except for their marks. */
export function isSameRevision(a: FullRevision, b: FullRevision | null): boolean {
  return b !== null && isDeepStrictEqual(ofRevision(a), ofRevision(b))
}

// All fields are compared except those that are named here. A field that is forgotten here costs an entry. If fields
// were compared by name, a forgotten one would lose a change.
function isSameHead(a: FullHead, b: FullHead): boolean {
  return isDeepStrictEqual(ofHead(a), ofHead(b))
}

function ofHead({ defaultRule, rollout, aliases, etag: _, aliasPlace: __, ...head }: FullHead) {
  return {
    ...head,
    defaultRule: defaultRule && { ...defaultRule, actor: '', time: 0 },
    rollout: rollout && { ...rollout, updateTime: 0, setAt: 0 },
    aliases: aliases.map((alias) => ({ ...alias, etag: '' })),
  }
}

function ofRevision({ etag: _, writtenBy: __, infoPlace: ___, ...revision }: FullRevision) {
  return revision
}
