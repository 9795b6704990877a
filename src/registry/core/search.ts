import type { Choices, Head } from '../../domain/head.ts'
import { isHighest, rangeOf } from '../../domain/head.ts'
import type { Revision, Snapshot } from '../../domain/log.ts'
import { isSemver } from '../../domain/revision-order.ts'
import { isChoosable } from '../../domain/revision-state.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { ABOVE_ALL_KEYS, justAbove, LOWEST_VERSION_KEY, versionKey } from '../../domain/version-key.ts'
import { notAbove, parseVersionRange, type VersionInterval, type VersionRange } from '../../domain/version-range.ts'
import type { RevisionPage, Store } from '../../store/store.ts'

/** Which revision is looked for: the highest version of a range that is accepted. */
export interface Search {
  readonly range: VersionRange
  readonly accepts: (revision: Revision) => boolean
  /** Whether nothing is accepted that may not be chosen at that generation. Then the head tells where to begin. */
  readonly ofChoosable?: boolean
  /** How many are looked at, about: what is not found among them is not found. Default: all. */
  readonly atMost?: number
  /** The generation to look at; default: the newest. */
  readonly generation?: number | undefined
}

// Mostly the first is accepted. Where many are not, each page is larger than the one before.
const FIRST_PAGE = 1
const LARGEST_PAGE = 256

/** Every semantic version, and every one that is no pre-release. */
export const everyVersion = parseVersionRange('*', true)
export const everyRelease = parseVersionRange('*')

/** The service with what a search finds in it; null where there is no service. Steps into an index: never scans. */
export async function findHighest(store: Store, service: ServiceId, search: Search): Promise<Snapshot | null> {
  const { intervals } = search.range
  let found = intervals.length === 0 ? await store.lookup(service, () => null) : null
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
  /** The key of the highest that is below the interval, where nothing was found in it; empty: there is none. */
  readonly highestBelow: string
}

// Reads on below the interval, so that where it is empty the next ones that are need no look.
async function findInInterval(
  store: Store,
  service: ServiceId,
  { from, to, releasesOnly }: VersionInterval,
  { accepts, ofChoosable = false, atMost = Number.POSITIVE_INFINITY, generation }: Search,
): Promise<Searched | null> {
  let after: Place | undefined
  let at = generation
  for (let [limit, lookedAt] = [FIRST_PAGE, 0]; ; limit = Math.min(limit * 4, LARGEST_PAGE)) {
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

/**
 * What a service chooses once `changed` may be chosen, or may not, at the generation of `snapshot`. Whatever the change
 * can't affect stays as it is.
 */
export async function chooseAnew(
  store: Store,
  service: ServiceId,
  { head, generation }: Pick<Snapshot, 'head' | 'generation'>,
  changed: Revision,
): Promise<Choices> {
  const tag = changed.revisionTag
  const accepts = (each: Revision) => isChoosable(each.revisionTag === tag ? changed.state : each.state)
  const choose = async (range: VersionRange, current: RevisionTag | null) => {
    if (!isSemver(tag) || !isHighest(tag, current) || !range.includes(tag)) return current
    // What may be chosen and is above the tag would have been the choice before.
    const found = await findHighest(store, service, { range: notAbove(range, tag), accepts, generation })
    return found?.revision?.revisionTag ?? null
  }
  const aliasTargets: [Head['aliases'][number]['name'], RevisionTag | null][] = []
  for (const alias of head.aliases) {
    const range = rangeOf(alias)
    if (range !== undefined) aliasTargets.push([alias.name, await choose(range, alias.tag)])
  }
  return {
    highestSemver: await choose(everyVersion, head.highestSemver),
    highestRelease: await choose(everyRelease, head.highestRelease),
    aliasTargets: new Map(aliasTargets),
  }
}
