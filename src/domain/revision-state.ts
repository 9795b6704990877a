import type { RevisionTag } from './revision-tag.ts'

/** How long a reason or a message for people may be, in characters. */
export const MAX_REASON_LENGTH = 1024

/** Where a revision is in its life. Every move between the first three is reversible. */
export type RevisionState =
  /** Fit for use. */
  | { readonly kind: 'active' }
  /** Fit for use, but callers are told to leave it, and perhaps for which. */
  | { readonly kind: 'deprecated'; readonly message: string; readonly replacement: RevisionTag | null }
  /** Never chosen by a range, an alias that follows one, or a policy. An exact tag still finds it. */
  | { readonly kind: 'yanked'; readonly reason: string }
  /** Gone from every answer. The log keeps what it was, so that its tag never comes to mean something else. */
  | { readonly kind: 'deleted' }

export const active: RevisionState = { kind: 'active' }

/** Whether ranges, aliases that follow one, and policies may choose a revision in this state. */
export function isChoosable({ kind }: RevisionState): boolean {
  return kind === 'active' || kind === 'deprecated'
}
