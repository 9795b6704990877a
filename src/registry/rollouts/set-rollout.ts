import type { Effect } from '../../domain/effect.ts'
import { effectOf } from '../../domain/effect.ts'
import { nextTime, rolloutEntry, type Writer } from '../../domain/entries/new-entry.ts'
import { fieldError, quote } from '../../domain/errors.ts'
import { withRollout } from '../../domain/head.ts'
import type { Entry, FullHeadSnapshot, RolloutEntry } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import { allocate } from '../../domain/rollout/allocate.ts'
import type { RequestedCandidate, RequestedRollout } from '../../domain/rollout/parse-rollout.ts'
import type { BucketRange, Candidate, Rollout } from '../../domain/rollout/rollout.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { appendChange } from '../core/append-change.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import { requireService, requireTarget } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { requireRollout } from './get-rollout.ts'

export interface SetRolloutCommand extends ChangeCommand, RequestedRollout {
  readonly service: ServiceId
  /** The reason, for people. Empty: no reason is given. */
  readonly reason: string
  /** The etag that the service must have. Empty: any. */
  readonly etag: string
}

/** A rollout after a change of it. */
export interface RolloutChanged {
  readonly rollout: Rollout
  readonly serviceEtag: string
  readonly effect: Effect
}

/**
 * Begins a rollout, or changes the one that runs. As few callers as possible get another revision than before. Throws
 * `SERVICE_NOT_FOUND`, `TARGET_NOT_FOUND`, `TARGET_YANKED`, `CANDIDATE_IS_DEFAULT`, `ETAG_MISMATCH`,
 * `UPGRADE_NOT_FINISHED`, or an error of `appendChange`.
 */
export function setRollout(deps: RegistryDeps, command: SetRolloutCommand, caller: Caller): Promise<RolloutChanged> {
  const { service, reason, etag } = command
  return appendChange(deps, command, caller, {
    service,
    readsStore: true,
    isOwnEntry: setsRollout,
    decide: async (newest, writer) => {
      const snapshot = requireService(newest, service)
      requireEtag(etag, snapshot.head.etag)
      await deps.store.checkUpgrade()
      await requireCandidates(deps, command, snapshot)
      const head = withRollout(snapshot.head, rolloutAfter(deps, command, snapshot, writer))
      return rolloutEntry(snapshot, { service, event: 'rollout-set', head, reason }, writer)
    },
    toAnswer: ({ head }, before) => ({
      rollout: requireRollout(head, service),
      serviceEtag: head.etag,
      effect: effectOf(before, head),
    }),
  })
}

function setsRollout(entry: Entry): entry is RolloutEntry {
  return entry.event === 'rollout-set'
}

// The revisions are read at one generation, so that all of them are as they are when the entry is appended.
async function requireCandidates(
  { store }: RegistryDeps,
  { service, candidates }: SetRolloutCommand,
  { generation, head }: FullHeadSnapshot,
): Promise<void> {
  const fields = candidates.map(({ tag }, index) => ({ tag, field: `candidates[${index}].revision_tag` }))
  const found = await Promise.all(fields.map(({ tag }) => store.lookup(service, { by: 'tag', tag }, generation)))
  for (const [index, { tag, field }] of fields.entries()) {
    requireTarget(found[index] ?? null, tag, field)
    if (tag === head.defaultTag) throw isDefault(tag, field)
  }
}

function isDefault(tag: string, field: string) {
  const problem = `${field} ${quote(tag)} is the default, which callers get without a rollout`
  return fieldError('CANDIDATE_IS_DEFAULT', field, `${problem}; name another revision, or set another default first.`)
}

function rolloutAfter(
  { newSalt }: RegistryDeps,
  { candidates, salt, reason }: SetRolloutCommand,
  { head: { rollout: before }, ...snapshot }: FullHeadSnapshot,
  { now }: Writer,
): Rollout {
  const time = nextTime(snapshot, now)
  const buckets = allocate(before, candidates)
  return {
    candidates: candidates.map((candidate, index) => withBuckets(candidate, buckets[index] ?? [])),
    salt: salt ?? before?.salt ?? newSalt(),
    reason,
    startTime: before?.startTime ?? time,
    ...{ updateTime: time, setAt: snapshot.generation + 1 },
  }
}

function withBuckets({ tag, weight, pinnedKeys }: RequestedCandidate, buckets: readonly BucketRange[]): Candidate {
  return { tag, weight, pinnedKeys, buckets, isHeld: false }
}
