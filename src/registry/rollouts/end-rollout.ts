import { type Effect, effectOf } from '../../domain/effect.ts'
import { nextTime, rolloutEntry, type Writer } from '../../domain/entries/new-entry.ts'
import { fieldError, quote } from '../../domain/errors.ts'
import { type FullHead, withDefault, withRollout } from '../../domain/head.ts'
import type { Entry, FullHeadSnapshot, RolloutEntry } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { Rollout } from '../../domain/rollout/rollout.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { appendChange } from '../core/append-change.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import { requireService, targetYanked } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { type ServiceView, viewService } from '../core/views.ts'
import { requireRollout } from './get-rollout.ts'

export interface EndRolloutCommand extends ChangeCommand {
  readonly service: ServiceId
  /** The candidate that becomes the default. Null: the default stays. */
  readonly promote: RevisionTag | null
  /** The reason, for people. Empty: no reason is given. */
  readonly reason: string
  /** The etag that the service must have. Empty: any. */
  readonly etag: string
}

/** A service after the end of its rollout. */
export interface RolloutEnded {
  readonly service: ServiceView
  readonly effect: Effect
}

/**
 * Ends the rollout of a service, and makes one of its candidates the default if the command says so. Throws
 * `SERVICE_NOT_FOUND`, `ROLLOUT_NOT_FOUND`, `NOT_A_CANDIDATE`, `TARGET_YANKED`, `ETAG_MISMATCH`, or an error of
 * `appendChange`.
 */
export function endRollout(deps: RegistryDeps, command: EndRolloutCommand, caller: Caller): Promise<RolloutEnded> {
  const { service, promote, reason, etag } = command
  return appendChange(deps, command, caller, {
    service,
    isOwnEntry: endsRollout,
    decide: (newest, writer) => {
      const snapshot = requireService(newest, service)
      requireEtag(etag, snapshot.head.etag)
      const rollout = requireRollout(snapshot.head, service)
      if (promote !== null) requireCandidate(rollout, promote)
      const head = headAfter(command, snapshot, writer)
      return rolloutEntry(snapshot, { service, event: 'rollout-ended', head, reason }, writer)
    },
    toAnswer: (entry, before) => ({ service: viewService(entry), effect: effectOf(before, entry.head) }),
  })
}

function endsRollout(entry: Entry): entry is RolloutEntry {
  return entry.event === 'rollout-ended'
}

function requireCandidate({ candidates }: Rollout, tag: RevisionTag): void {
  const candidate = candidates.find((each) => each.tag === tag)
  if (candidate?.isHeld === false) return
  if (candidate !== undefined) throw targetYanked('promote', tag)
  const tags = candidates.map((each) => quote(each.tag)).join(', ')
  const problem = `promote ${quote(tag)} is no candidate of the rollout; use one of ${tags}, or leave it out.`
  throw fieldError('NOT_A_CANDIDATE', 'promote', problem)
}

function headAfter(
  { promote, reason }: EndRolloutCommand,
  snapshot: FullHeadSnapshot,
  { principal, now }: Writer,
): FullHead {
  const head = withRollout(snapshot.head, null)
  if (promote === null) return head
  const time = nextTime(snapshot, now)
  return withDefault(head, promote, { by: 'promotion', policy: null, reason, actor: principal.name, time })
}
