/** What is known of the etag of something: the texts are the server's, so that only its answers tell them. */
export interface Etag {
  /** The one that it has; null: no answer has told it yet. */
  readonly current: string | null
  /** Those that it had, or has not. None of them comes back: a caller that holds one has not seen what is there now. */
  readonly spent: readonly string[]
}

/** The etag of something new. */
export const unknownEtag: Etag = { current: null, spent: [] }

/** The etag after a change. */
export function changedEtag({ current, spent }: Etag): Etag {
  return { current: null, spent: current === null ? spent : [...spent, current] }
}

/** The etag after a change to what was there before: it may be another one, or not. */
export function touchedEtag({ spent }: Etag): Etag {
  return { current: null, spent }
}

/** The etag where it was seen to be this one; undefined where it can't be. */
export function learnEtag(etag: Etag, seen: string): Etag | undefined {
  if (etag.current === seen) return etag
  return etag.current === null && !etag.spent.includes(seen) ? { current: seen, spent: etag.spent } : undefined
}

/** The etag where it was seen not to be this one; undefined where it is. */
export function excludeEtag(etag: Etag, seen: string): Etag | undefined {
  if (etag.current === seen) return undefined
  return etag.spent.includes(seen) ? etag : { ...etag, spent: [...etag.spent, seen] }
}
