import type { FullHead } from '../domain/head.ts'
import type { Lifecycle } from '../domain/lifecycle.ts'

/** Finds the lifecycle of a revision. Null: the service never had it. Undefined: nobody knows, because of damage. */
export type FindLifecycle = (tag: string) => Lifecycle | null | undefined

/** A head to check. */
export interface CheckedHead {
  /** The head before the entry. Its problems are known. Null: the entry is the first one, or damage hides that head. */
  readonly before: FullHead | null
  readonly head: FullHead
  /** The generation of the entry. */
  readonly generation: number
  /** The tag of the revision that the entry changes; empty: none. */
  readonly tag: string
  /** Whether a yanked revision may be the default, as in entries of old forms. */
  readonly mayBeYanked: boolean
}
