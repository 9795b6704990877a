/** The knowledge about an etag. The server makes the texts, so only its answers reveal them. */
export interface Etag {
  /** The current etag, or null if no answer has revealed it yet. */
  readonly current: string | null
  /** Earlier and wrong etags. They never return, because a caller with an earlier etag has not seen the present state. */
  readonly spent: readonly string[]
}

/** The etag of a new thing. */
export const unknownEtag: Etag = { current: null, spent: [] }

/** The etag after a change. */
export function changedEtag({ current, spent }: Etag): Etag {
  return { current: null, spent: current === null ? spent : [...spent, current] }
}

/** The etag after a change that may or may not give a new etag. */
export function touchedEtag({ spent }: Etag): Etag {
  return { current: null, spent }
}

/** The etag after an answer that contains this text, or undefined if that is impossible. */
export function learnEtag(etag: Etag, seen: string): Etag | undefined {
  if (etag.current === seen) return etag
  return etag.current === null && !etag.spent.includes(seen) ? { current: seen, spent: etag.spent } : undefined
}

/** The etag after an answer that excludes this text, or undefined if that is impossible. */
export function excludeEtag(etag: Etag, seen: string): Etag | undefined {
  if (etag.current === seen) return undefined
  return etag.spent.includes(seen) ? etag : { ...etag, spent: [...etag.spent, seen] }
}
