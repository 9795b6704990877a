import type { Head } from '../../domain/head.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { Revision, Snapshot } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { ABOVE_ALL_KEYS, justAbove, LOWEST_VERSION_KEY, versionKey } from '../../domain/versions/version-key.ts'
import { parseVersionRange, type VersionInterval, type VersionRange } from '../../domain/versions/version-range.ts'
import type { RevisionPage, Store } from '../../store/store.ts'

/** A search for the highest version in a range. */
export interface RangeSearch {
  readonly range: VersionRange
  /** About how many revisions the search reads at most. It does not find a revision beyond them. Default: all. */
  readonly atMost?: number
  /** The generation to search. Default: the newest. */
  readonly generation?: number | undefined
  /** Ends the search. The promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** A search for the highest version in a range that `accepts` accepts. */
export interface Search extends RangeSearch {
  readonly accepts: (revision: Revision) => boolean
  /**
   * Whether `accepts` refuses all revisions that may not be chosen. The search can then begin at the highest of the
   * head.
   */
  readonly ofChoosable?: boolean
}

// Usually the first revision is accepted. If many are refused, each page is larger than the one before.
const FIRST_PAGE = 1
const LARGEST_PAGE = 256

/** The range of all semantic versions, pre-releases included. */
export const everyVersion = parseVersionRange('*', true)
/** The range of all semantic versions that are not pre-releases. */
export const everyRelease = parseVersionRange('*')

/**
 * Finds the highest version in a range that may be chosen and that `accepts` accepts. By default every revision is
 * accepted. Returns the service with that revision, which is null if there is none. Returns null if the service does
 * not exist.
 */
export function findHighestChoosable(
  store: Store,
  service: ServiceId,
  { accepts = () => true, ...search }: RangeSearch & Partial<Pick<Search, 'accepts'>>,
): Promise<Snapshot | null> {
  const isWanted = (revision: Revision) => isChoosable(revision.lifecycle) && accepts(revision)
  return findHighest(store, service, { ...search, accepts: isWanted, ofChoosable: true })
}

/** Like `findHighestChoosable`, but among all revisions. It reads from an index and never scans the service. */
export async function findHighest(store: Store, service: ServiceId, search: Search): Promise<Snapshot | null> {
  const { intervals } = search.range
  let found = intervals.length === 0 ? await readSnapshot(store, service, search.generation) : null
  let best: Revision | null = null
  let { generation } = search
  // Between these keys and the searched intervals there is no version. Many intervals of a range may be empty, and the
  // loop skips them.
  const highestLeft = { version: ABOVE_ALL_KEYS, release: ABOVE_ALL_KEYS }
  for (const interval of intervals) {
    if (best !== null && interval.to <= versionKey(best.revisionTag)) break
    if (interval.from > highestLeft[interval.releasesOnly ? 'release' : 'version']) continue
    const page = await findInInterval(store, service, above(best, interval), { ...search, generation })
    if (page === null) return null
    generation = page.generation
    best = page.found ?? best
    found = { generation, time: page.time, head: page.head, hash: page.hash, revision: best }
    if (page.highestBelow < highestLeft.release) highestLeft.release = page.highestBelow
    if (!interval.releasesOnly) highestLeft.version = page.highestBelow
  }
  return found
}

async function readSnapshot(
  store: Store,
  service: ServiceId,
  generation: number | undefined,
): Promise<Snapshot | null> {
  const head = await store.readHead(service, generation)
  return head && { ...head, revision: null }
}

function above(best: Revision | null, interval: VersionInterval): VersionInterval {
  const least = best === null ? interval.from : justAbove(versionKey(best.revisionTag))
  return least > interval.from ? { ...interval, from: least } : interval
}

/** A place in the order of versions. */
interface Place {
  readonly versionKey: string
  readonly ordinal: number
}

interface Searched extends RevisionPage {
  readonly found: Revision | undefined
  /** The key of the highest revision below the interval, if the interval has no match. Empty: there is none. */
  readonly highestBelow: string
}

// The scan continues below the interval. If the interval is empty, the next revision below it shows which of the
// following intervals are empty too.
async function findInInterval(
  store: Store,
  service: ServiceId,
  { from, to, releasesOnly }: VersionInterval,
  { accepts, ofChoosable = false, atMost = Number.POSITIVE_INFINITY, generation, signal }: Search,
): Promise<Searched | null> {
  let after: Place | undefined
  let at = generation
  for (let [limit, lookedAt] = [FIRST_PAGE, 0]; ; limit = Math.min(limit * 4, LARGEST_PAGE)) {
    signal?.throwIfAborted()
    const scan = { order: 'version', from: LOWEST_VERSION_KEY, to, releasesOnly, after, limit, generation: at } as const
    const page = await store.readRevisions(service, scan)
    if (page === null) return null
    const isInside = ({ revisionTag }: Revision) => versionKey(revisionTag) >= from
    // An index may have a rounded key of an earlier version, which is below that of the tag.
    const isBelow = ({ revisionTag }: Revision) => versionKey(revisionTag) < to
    const found = page.revisions.find((revision) => isInside(revision) && isBelow(revision) && accepts(revision))
    const below = page.revisions.find((revision) => !isInside(revision))
    lookedAt += page.lookedAt
    if (found !== undefined || below !== undefined || page.last === null || lookedAt >= atMost) {
      return { ...page, found, highestBelow: below ? versionKey(below.revisionTag) : '' }
    }
    const last = { versionKey: versionKey(page.last.revisionTag), ordinal: page.last.ordinal }
    const ceiling = ofChoosable ? placeOfHighest(page.head, releasesOnly) : last
    after = ceiling.versionKey < last.versionKey ? ceiling : last
    at = page.generation
  }
}

// All revisions above the highest choosable one are yanked, so the search jumps over them.
function placeOfHighest({ highestSemver, highestRelease }: Head, releasesOnly: boolean): Place {
  const tag = releasesOnly ? highestRelease : highestSemver
  return { versionKey: tag === null ? '' : justAbove(versionKey(tag)), ordinal: 0 }
}
