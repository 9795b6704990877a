import type { Head } from '../../domain/head.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { Revision, Snapshot } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { justAbove, LOWEST_VERSION_KEY, versionKey } from '../../domain/versions/version-key.ts'
import type { RevisionPage, RevisionScan } from '../../store/store.ts'
import { askPolicy, policyFailed } from '../core/ask-policy.ts'
import type { Caller } from '../core/caller.ts'
import { everyRelease, everyVersion, findHighest, type Search } from '../core/find-highest.ts'
import { recentTagsForPolicy } from '../core/recent-tags.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

/** The most revisions to read. */
const MAX_LOOKED_AT = 10_000

/** About the most revisions to ask the policy about. */
const MAX_CANDIDATES = 1_000

/** The most time to choose, in time limits of the policy. */
const MAX_TIME_LIMITS = 10

const PAGE = 100

/**
 * Chooses the next default after the default `gone` was yanked. It asks the policy about each revision from the highest
 * version down, and returns the first that the policy accepts. Tags that are no semantic versions come last. If the policy
 * has an order of its own, the recent tags come first, in that order. Null: the policy accepted none of the first 1,000
 * candidates among the 10,000 highest revisions. `gone`, yanked revisions and those of the rollout are no candidates. A
 * revision that was registered with `is_default` false is chosen only if the policy accepts no other. Throws
 * `DEFAULT_POLICY_FAILED`.
 */
export async function chooseNextDefault(
  deps: RegistryDeps,
  snapshot: Snapshot,
  gone: Revision,
  { signal }: Caller,
): Promise<RevisionTag | null> {
  const { rollout } = snapshot.head
  const left = new Set([gone.revisionTag, ...(rollout?.candidates.map(({ tag }) => tag) ?? [])])
  const isLeft = ({ lifecycle, revisionTag }: Revision) => isChoosable(lifecycle) && !left.has(revisionTag)
  const isHeldBack = ({ requestedDefault }: Revision) => requestedDefault === false
  const choice = { ...{ deps, service: gone, generation: snapshot.generation, signal }, deadline: deadlineOf(deps) }
  return (
    (await choose(snapshot.head, { ...choice, accepts: (each) => isLeft(each) && !isHeldBack(each) })) ??
    (await choose(snapshot.head, { ...choice, accepts: (each) => isLeft(each) && isHeldBack(each) }))
  )
}

/** The bounds of a choice. */
interface Choice extends Required<Pick<Search, 'accepts'>> {
  readonly deps: RegistryDeps
  readonly service: Revision
  readonly generation: number
  readonly signal: AbortSignal
  /** In milliseconds of `performance.now()`. */
  readonly deadline: number
}

function deadlineOf({ policyTimeLimitMs }: RegistryDeps): number {
  return performance.now() + policyTimeLimitMs * MAX_TIME_LIMITS
}

// The highest versions that the policy gets are the highest among the revisions that it may choose.
async function choose(before: Head, choice: Choice): Promise<RevisionTag | null> {
  const { deps, service, signal, deadline } = choice
  const { namespace, name } = service
  const recentTags = await recentTagsForPolicy(deps, service, choice)
  const head = await withHighest(before, choice)
  for await (const revisionTag of candidatesOf({ head, recentTags }, choice)) {
    if (performance.now() > deadline) throw policyFailed(deps.policy.name, 'took too long to choose the next default')
    const candidate = { namespace, name, revisionTag }
    if (await askPolicy(deps, { candidate, head, recentTags, signal })) return revisionTag
  }
  return null
}

/** The facts that the policy gets. */
interface Facts {
  readonly head: Head
  readonly recentTags: readonly RevisionTag[] | undefined
}

async function withHighest(head: Head, { deps, service, accepts, generation, signal }: Choice): Promise<Head> {
  const search = { accepts, ofChoosable: true, atMost: MAX_LOOKED_AT, generation, signal }
  const highestOf = async (range: Search['range']) =>
    (await findHighest(deps.store, service, { ...search, range }))?.revision?.revisionTag ?? null
  return { ...head, highestSemver: await highestOf(everyVersion), highestRelease: await highestOf(everyRelease) }
}

async function* candidatesOf(facts: Facts, choice: Choice): AsyncGenerator<RevisionTag> {
  const asked = new Set(inOwnOrder(facts, choice))
  yield* asked
  for await (const tag of byVersion(facts.head, choice)) if (!asked.has(tag)) yield tag
}

// The highest versions may be older than the recent tags.
function inOwnOrder({ head, recentTags = [] }: Facts, { deps }: Choice): readonly RevisionTag[] {
  const { compare } = deps.policy
  if (compare === undefined) return []
  const known = [...recentTags, head.highestSemver, head.highestRelease].filter((tag) => tag !== null)
  return known.toSorted((a, b) => compare(b, a))
}

// The candidates in descending order of version. The highest release comes last if too many pre-releases precede it.
async function* byVersion(
  { highestSemver, highestRelease }: Head,
  { deps, service, generation, accepts }: Choice,
): AsyncGenerator<RevisionTag> {
  const asked = new Set<RevisionTag>()
  const to = highestSemver === null ? LOWEST_VERSION_KEY : justAbove(versionKey(highestSemver))
  let scan: RevisionScan | undefined = { order: 'version', to, limit: PAGE, generation }
  for (let lookedAt = 0; scan !== undefined && asked.size < MAX_CANDIDATES && lookedAt < MAX_LOOKED_AT; ) {
    const page: RevisionPage | null = await deps.store.readRevisions(service, scan)
    lookedAt += page?.lookedAt ?? 0
    for (const { revisionTag } of page?.revisions.filter(accepts) ?? []) {
      asked.add(revisionTag)
      yield revisionTag
    }
    const after = page?.last && { versionKey: versionKey(page.last.revisionTag), ordinal: page.last.ordinal }
    scan = after ? { ...scan, after } : undefined
  }
  if (highestRelease !== null && !asked.has(highestRelease)) yield highestRelease
}
