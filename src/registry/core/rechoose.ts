import { type Choices, type FullHead, isHighest, rangeOf } from '../../domain/head.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { FullHeadSnapshot, Revision } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { isSemver } from '../../domain/versions/revision-order.ts'
import { notAbove, type VersionRange } from '../../domain/versions/version-range.ts'
import type { Store } from '../../store/store.ts'
import { everyRelease, everyVersion, findHighest } from './find-highest.ts'

/**
 * Chooses the highest versions and the alias targets of a service again, after a change of whether `changed` may be
 * chosen. A choice that the change cannot affect stays as it is.
 */
export async function rechoose(
  store: Store,
  service: ServiceId,
  { head, generation }: FullHeadSnapshot,
  changed: Revision,
): Promise<Choices> {
  const tag = changed.revisionTag
  const accepts = (each: Revision) => isChoosable(each.revisionTag === tag ? changed.lifecycle : each.lifecycle)
  const choose = async (range: VersionRange, current: RevisionTag | null) => {
    if (!isSemver(tag) || !isHighest(tag, current) || !range.includes(tag)) return current
    // No choosable revision of the range is above the tag. It would have been the choice already.
    const found = await findHighest(store, service, { range: notAbove(range, tag), accepts, generation })
    return found?.revision?.revisionTag ?? null
  }
  const aliasTargets: [FullHead['aliases'][number]['name'], RevisionTag | null][] = []
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
