import type { AliasName } from './alias.ts'
import type { RevisionTag } from './revision-tag.ts'

/** A choice before and after a change. Null: it is no revision. */
export interface Move {
  readonly before: RevisionTag | null
  readonly after: RevisionTag | null
}

/** What a change does to the callers of a service. */
export interface Effect {
  /** Null: the default stays. */
  readonly defaultMove: Move | null
  /** The aliases that move, appear or disappear, in the order of their names. */
  readonly aliasMoves: readonly (Move & { readonly alias: AliasName })[]
  /** How many of 100,000 callers of the default get another revision than before. Pinned keys do not count. */
  readonly moved: number
  /** Sentences for people about consequences that are easily overlooked. */
  readonly warnings: readonly string[]
}
