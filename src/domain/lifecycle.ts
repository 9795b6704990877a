import type { RevisionTag } from './revision-tag.ts'

/** How long a reason or a message for people may be, in characters. */
export const MAX_REASON_LENGTH = 1024

/** Why callers are told to move to another revision. */
export interface Deprecation {
  /** What callers are told; empty: nothing. */
  readonly message: string
  /** The revision to use instead; null: none is named. */
  readonly replacement: RevisionTag | null
}

/** Why a revision is never chosen. */
export interface Yank {
  /** Empty: no reason was given. */
  readonly reason: string
}

/** What has happened to a revision since it was registered. A revision may be yanked and deprecated at once. */
export interface Lifecycle {
  /** Ranges, aliases that follow a range, and policies never choose a yanked revision. An exact tag still finds it. */
  readonly yank: Yank | null
  /** A deprecated revision is fit for use and may be chosen. */
  readonly deprecation: Deprecation | null
  /** A deleted revision is in no answer. The log keeps it, so that its tag never means something else. */
  readonly isDeleted: boolean
}

/** A lifecycle in one word: the first of these that is true, or `active`. */
export type RevisionState = 'deleted' | 'yanked' | 'deprecated' | 'active'

/** The lifecycle of a revision to which nothing has happened. */
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
