import type { Head } from '../../domain/head.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { Revision, Snapshot } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { ABOVE_ALL_KEYS, justAbove, LOWEST_VERSION_KEY, versionKey } from '../../domain/versions/version-key.ts'
import { parseVersionRange, type VersionInterval, type VersionRange } from '../../domain/versions/version-range.ts'
import type { RevisionPage, Store } from '../../store/store.ts'

/** A search for the highest version of a range. */
export interface RangeSearch {
  readonly range: VersionRange
  /** About how many revisions are looked at, at most. A revision that is not among them is not found. Default: all. */
  readonly atMost?: number
  /** The generation to look at; default: the newest. */
  readonly generation?: number | undefined
  /** Ends the search: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** A search for the highest version of a range that is accepted. */
export interface Search extends RangeSearch {
  readonly accepts: (revision: Revision) => boolean
  /** Whether only revisions are accepted that may be chosen at that generation. The head then tells where to begin. */
  readonly ofChoosable?: boolean
}

// Mostly the first is accepted. Where many are not, each page is larger than the one before.
const FIRST_PAGE = 1
const LARGEST_PAGE = 256

/** Every semantic version, and every one that is no pre-release. */
export const everyVersion = parseVersionRange('*', true)
export const everyRelease = parseVersionRange('*')

/**
 * Finds the highest version of a range that may be chosen, and that `accepts` (default: each) accepts. Answers the service
 * with that revision (null: there is none); null if there is no service.
 */
export function findHighestChoosable(
  store: Store,
  service: ServiceId,
  { accepts = () => true, ...search }: RangeSearch & Partial<Pick<Search, 'accepts'>>,
): Promise<Snapshot | null> {
  const isWanted = (revision: Revision) => isChoosable(revision.lifecycle) && accepts(revision)
  return findHighest(store, service, { ...search, accepts: isWanted, ofChoosable: true })
}

/** As `findHighestChoosable`, among all revisions. It steps into an index and never scans. */
export async function findHighest(store: Store, service: ServiceId, search: Search): Promise<Snapshot | null> {
  const { intervals } = search.range
  let found = intervals.length === 0 ? await readSnapshot(store, service) : null
  let best: Revision | null = null
  let { generation } = search
  // No version is above these and below the intervals that were searched: a range may have many that are empty.
  const highestLeft = { version: ABOVE_ALL_KEYS, release: ABOVE_ALL_KEYS }
  for (const interval of intervals) {
    if (best !== null && interval.to <= versionKey(best.revisionTag)) break
    if (interval.from > highestLeft[interval.releasesOnly ? 'release' : 'version']) continue
    const page = await findInInterval(store, service, above(best, interval), { ...search, generation })
    if (page === null) return null
    generation = page.generation
    best = page.found ?? best
    found = { generation, time: page.time, head: page.head, revision: best }
    if (page.highestBelow < highestLeft.release) highestLeft.release = page.highestBelow
    if (!interval.releasesOnly) highestLeft.version = page.highestBelow
  }
  return found
}

async function readSnapshot(store: Store, service: ServiceId): Promise<Snapshot | null> {
  const head = await store.readHead(service)
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
  /** The key of the highest revision below the interval, if nothing was found in it; empty: there is none. */
  readonly highestBelow: string
}

// Reads on below the interval, so that where it is empty the next ones that are need no look.
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
    const found = page.revisions.find((revision) => isInside(revision) && accepts(revision))
    const below = page.revisions.find((revision) => !isInside(revision))
    lookedAt += limit
    if (found !== undefined || below !== undefined || page.last === null || lookedAt >= atMost) {
      return { ...page, found, highestBelow: below ? versionKey(below.revisionTag) : '' }
    }
    const last = { versionKey: versionKey(page.last.revisionTag), ordinal: page.last.ordinal }
    const ceiling = ofChoosable ? placeOfHighest(page.head, releasesOnly) : last
    after = ceiling.versionKey < last.versionKey ? ceiling : last
    at = page.generation
  }
}

// Just above the highest that may be chosen: everything higher is yanked, however many that are.
function placeOfHighest({ highestSemver, highestRelease }: Head, releasesOnly: boolean): Place {
  const tag = releasesOnly ? highestRelease : highestSemver
  return { versionKey: tag === null ? '' : justAbove(versionKey(tag)), ordinal: 0 }
}
