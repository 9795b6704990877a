import type { Head } from '../../domain/head.ts'
import type { Revision, Snapshot } from '../../domain/log.ts'
import { isChoosable } from '../../domain/revision-state.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { justAbove, LOWEST_VERSION_KEY, versionKey } from '../../domain/version-key.ts'
import type { RevisionScan } from '../../store/store.ts'
import { decideDefault, policyFailed } from '../core/ask-policy.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { everyRelease, everyVersion, findHighest, type Search } from '../core/search.ts'

/** How many revisions are looked at, about how many the policy is asked, and how many of its time limits that may take. */
const [MAX_LOOKED_AT, MAX_CANDIDATES, MAX_TIME_LIMITS] = [10_000, 1_000, 10]

const PAGE = 100

/**
 * The revision that the policy would make the default of a service without one: the first, from the highest version down,
 * that it says yes to; null: none of the first thousand, and of the ten thousand highest. It is not asked about `gone` and about what is yanked. What was
 * registered not to become the default is chosen only where nothing else is. Throws `DEFAULT_POLICY_FAILED`.
 */
export async function chooseDefault(
  deps: RegistryDeps,
  snapshot: Snapshot,
  gone: Revision,
): Promise<RevisionTag | null> {
  const isThere = ({ state, revisionTag }: Revision) => isChoosable(state) && revisionTag !== gone.revisionTag
  const isHeldBack = ({ requestedDefault }: Revision) => requestedDefault === false
  const choice = { ...{ deps, service: gone, generation: snapshot.generation }, deadline: deadlineOf(deps) }
  return (
    (await choose(snapshot.head, { ...choice, accepts: (each) => isThere(each) && !isHeldBack(each) })) ??
    (await choose(snapshot.head, { ...choice, accepts: (each) => isThere(each) && isHeldBack(each) }))
  )
}

/** Among which revisions, at which generation, and until when. */
interface Choice extends Required<Pick<Search, 'accepts'>> {
  readonly deps: RegistryDeps
  readonly service: Revision
  readonly generation: number
  readonly deadline: number
}

function deadlineOf({ policyTimeLimitMs }: RegistryDeps): number {
  return performance.now() + policyTimeLimitMs * MAX_TIME_LIMITS
}

// What the policy is told is highest is what it may choose.
async function choose(before: Head, choice: Choice): Promise<RevisionTag | null> {
  const { deps, service, deadline } = choice
  const { namespace, name } = service
  const head = await withHighest(before, choice)
  for await (const revisionTag of candidatesOf(head, choice)) {
    if (performance.now() > deadline)
      throw policyFailed(deps.policy.name, 'took too long to choose among the revisions')
    if (await decideDefault(deps, { namespace, name, revisionTag }, head)) return revisionTag
  }
  return null
}

async function withHighest(head: Head, { deps, service, accepts, generation }: Choice): Promise<Head> {
  const highestOf = async (range: Search['range']) =>
    (await findHighest(deps.store, service, { range, accepts, ofChoosable: true, atMost: MAX_LOOKED_AT, generation }))
      ?.revision?.revisionTag ?? null
  return { ...head, highestSemver: await highestOf(everyVersion), highestRelease: await highestOf(everyRelease) }
}

// From the highest version that is accepted. The highest release may be behind more pre-releases than the policy is asked about.
async function* candidatesOf(
  { highestSemver, highestRelease }: Head,
  { deps, service, generation, accepts }: Choice,
): AsyncGenerator<RevisionTag> {
  const asked = new Set<RevisionTag>()
  const to = highestSemver === null ? LOWEST_VERSION_KEY : justAbove(versionKey(highestSemver))
  let scan: RevisionScan | undefined = { order: 'version', to, limit: PAGE, generation }
  for (
    let lookedAt = 0;
    scan !== undefined && asked.size < MAX_CANDIDATES && lookedAt < MAX_LOOKED_AT;
    lookedAt += PAGE
  ) {
    const page = await deps.store.readRevisions(service, scan)
    for (const { revisionTag } of page?.revisions.filter(accepts) ?? []) {
      asked.add(revisionTag)
      yield revisionTag
    }
    const after = page?.last && { versionKey: versionKey(page.last.revisionTag), ordinal: page.last.ordinal }
    scan = after ? { ...scan, after } : undefined
  }
  if (highestRelease !== null && !asked.has(highestRelease)) yield highestRelease
}
