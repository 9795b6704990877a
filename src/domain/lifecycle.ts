import type { RevisionTag } from './revision-tag.ts'

/** The most characters that a reason or a message for people may have. */
export const MAX_REASON_LENGTH = 1024

/** The advice to callers to move to another revision. */
export interface Deprecation {
  /** The message to callers. Empty if none was given. */
  readonly message: string
  /** The revision to use instead. Null: none is named. */
  readonly replacement: RevisionTag | null
}

/** A mark that keeps a revision from being chosen. */
export interface Yank {
  /** The reason, for people. Empty: no reason was given. */
  readonly reason: string
}

/** The state of a revision after its registration. A revision may be both yanked and deprecated. */
export interface Lifecycle {
  /** Ranges, aliases that follow a range, and policies never choose a yanked revision. An exact tag still finds it. */
  readonly yank: Yank | null
  /** A deprecated revision still works and may still be chosen. */
  readonly deprecation: Deprecation | null
  /** No answer contains a deleted revision. The log keeps it, and its tag is never used again. */
  readonly isDeleted: boolean
}

/** A lifecycle in one word: the first of these that applies, or `active`. */
export type RevisionState = 'deleted' | 'yanked' | 'deprecated' | 'active'

/** The lifecycle of a new revision. */
export const active: Lifecycle = { yank: null, deprecation: null, isDeleted: false }

/** The lifecycle of a deleted revision. */
export const deleted: Lifecycle = { yank: null, deprecation: null, isDeleted: true }

/** The state of a revision. */
export function stateOf({ yank, deprecation, isDeleted }: Lifecycle): RevisionState {
  if (isDeleted) return 'deleted'
  if (yank !== null) return 'yanked'
  return deprecation === null ? 'active' : 'deprecated'
}

/** Whether ranges, aliases that follow a range, and policies may choose the revision. */
export function isChoosable({ yank, isDeleted }: Lifecycle): boolean {
  return yank === null && !isDeleted
}
