import { isChoosable } from '../../domain/lifecycle.ts'
import type { Revision } from '../../domain/log.ts'
import { asksFor } from '../../domain/policies/default-policy.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { RevisionScan, Store } from '../../store/store.ts'
import type { RegistryDeps } from './registry-deps.ts'

/** The most tags that a policy gets. */
const MOST_TAGS = 1_000

/** The most registrations to look at. */
const MOST_LOOKED_AT = 10_000

/** The tags to read. */
export interface RecentTags {
  /** The generation to read at. 0: the service is new. */
  readonly generation: number
  /** Whether a revision is one of those to choose from. Default: each revision that may be chosen. */
  readonly accepts?: ((revision: Revision) => boolean) | undefined
  /** Ends the reading. The promise then rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/**
 * Reads the tags of the latest registrations that may be chosen, the latest first: at most 1,000, among the 10,000 latest
 * registrations. Older ones are not found.
 */
export async function readRecentTags(
  store: Store,
  service: ServiceId,
  { generation, accepts = ({ lifecycle }) => isChoosable(lifecycle), signal }: RecentTags,
): Promise<readonly RevisionTag[]> {
  const tags: RevisionTag[] = []
  const first: RevisionScan = { order: 'registration', limit: MOST_TAGS, generation }
  let scan = generation === 0 ? undefined : first
  for (let lookedAt = 0; scan !== undefined && tags.length < MOST_TAGS && lookedAt < MOST_LOOKED_AT; ) {
    signal.throwIfAborted()
    const page = await store.readRevisions(service, scan)
    lookedAt += page?.lookedAt ?? 0
    for (const revision of page?.revisions ?? []) if (accepts(revision)) tags.push(revision.revisionTag)
    scan = page?.last ? { ...scan, after: page.last } : undefined
  }
  return tags.slice(0, MOST_TAGS)
}

/** Reads the tags as `readRecentTags` does if the policy asks for them. Undefined: it does not. */
export async function recentTagsForPolicy(
  { store, policy }: Pick<RegistryDeps, 'store' | 'policy'>,
  service: ServiceId,
  wanted: RecentTags,
): Promise<readonly RevisionTag[] | undefined> {
  return asksFor(policy, 'recentTags') ? readRecentTags(store, service, wanted) : undefined
}
