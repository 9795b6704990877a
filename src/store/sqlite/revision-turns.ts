import type { Revision } from '../../domain/log.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import type { RevisionPage, RevisionScan } from '../store.ts'

/** The revisions that were read in one turn of the event loop. */
export interface RevisionTurn extends RevisionPage {
  /** Why it ends: no more follow, the next revision does not fit on the page, or the turn has taken long enough. */
  readonly end: 'last' | 'full' | 'turn'
}

/**
 * Reads a page of revisions, a part of it in each turn of the event loop, so that other requests go on meanwhile. All
 * parts are from the generation of the first one. Null: the service has no entry.
 */
export async function readInTurns(
  scan: RevisionScan,
  read: (part: RevisionScan) => Promise<RevisionTurn | null>,
): Promise<RevisionPage | null> {
  const revisions: Revision[] = []
  let [lookedAt, last]: [number, RevisionPage['last']] = [0, null]
  for (let part = scan; ; ) {
    const turn = await read(part)
    if (turn === null) return null
    const { end, ...page } = turn
    revisions.push(...page.revisions)
    lookedAt += page.lookedAt
    // If the page was full before, the turn has looked at nothing.
    last = page.lookedAt === 0 && end === 'full' ? last : page.last
    if (end !== 'turn' || last === null) return { ...page, revisions, lookedAt, last }
    part = rest(part, { ...page, last })
  }
}

function rest(
  scan: RevisionScan,
  { last, generation, lookedAt }: RevisionPage & { readonly last: NonNullable<RevisionPage['last']> },
): RevisionScan {
  const { revisionTag, registeredAt, ordinal } = last
  const limit = scan.limit - lookedAt
  return scan.order === 'registration'
    ? { ...scan, generation, limit, after: { registeredAt, ordinal } }
    : { ...scan, generation, limit, after: { versionKey: versionKey(revisionTag), ordinal } }
}
