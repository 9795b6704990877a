import type { Choices, Head } from '../domain/head.ts'
import { isHighest, rangeOf } from '../domain/head.ts'
import type { Revision, Snapshot } from '../domain/log.ts'
import { isSemver } from '../domain/revision-order.ts'
import { isChoosable } from '../domain/revision-state.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import type { ServiceId } from '../domain/sruid.ts'
import { justAbove, versionKey } from '../domain/version-key.ts'
import { parseVersionRange, type VersionInterval, type VersionRange } from '../domain/version-range.ts'
import type { RevisionPage, Store } from '../store/store.ts'

/** Which revision is looked for: the highest version of a range that is accepted. */
export interface Search {
  readonly range: VersionRange
  readonly accepts: (revision: Revision) => boolean
  /** The generation to look at; default: the newest. */
  readonly generation?: number | undefined
}

// Mostly the first is accepted. Where many are not, each page is larger than the one before.
const FIRST_PAGE = 1
const LARGEST_PAGE = 256

const everyVersion = parseVersionRange('*', true)
const everyRelease = parseVersionRange('*')

/** The service with what a search finds in it; null where there is no service. Steps into an index: never scans. */
export async function findHighest(store: Store, service: ServiceId, search: Search): Promise<Snapshot | null> {
  const { intervals } = search.range
  let found = intervals.length === 0 ? await store.lookup(service, () => null) : null
  let best: Revision | null = null
  let { generation } = search
  for (const interval of intervals) {
    if (best !== null && interval.to <= versionKey(best.revisionTag)) break
    const page = await findInInterval(
      store,
      service,
      { ...interval, from: above(best, interval) },
      { ...search, generation },
    )
    if (page === null) return null
    generation = page.generation
    best = page.found ?? best
    found = { generation, time: page.time, head: page.head, revision: best }
  }
  return found
}

function above(best: Revision | null, { from }: VersionInterval): string {
  const least = best === null ? from : justAbove(versionKey(best.revisionTag))
  return least > from ? least : from
}

async function findInInterval(
  store: Store,
  service: ServiceId,
  interval: VersionInterval,
  { accepts, generation }: Search,
): Promise<(RevisionPage & { readonly found: Revision | undefined }) | null> {
  let after: { versionKey: string; ordinal: number } | undefined
  let at = generation
  for (let limit = FIRST_PAGE; ; limit = Math.min(limit * 4, LARGEST_PAGE)) {
    const page = await store.readRevisions(service, { order: 'version', ...interval, after, limit, generation: at })
    if (page === null) return null
    const found = page.revisions.find(accepts)
    if (found !== undefined || page.last === null) return { ...page, found }
    at = page.generation
    after = { versionKey: versionKey(page.last.revisionTag), ordinal: page.last.ordinal }
  }
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
    const found = await findHighest(store, service, { range, accepts, generation })
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
