import { defaultEntry, nextTime, type Writer } from '../../domain/entries/new-entry.ts'
import { type DefaultRule, type FullHead, withDefault, withRollout } from '../../domain/head.ts'
import { type HeadSnapshot, isDefaultEntry } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { withoutCandidate } from '../../domain/rollout/change-rollout.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { appendChange } from '../core/append-change.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import { withEffect } from '../core/effects.ts'
import { requireService, requireTarget } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { type ServiceView, viewService } from '../core/views.ts'

export interface ClearDefaultCommand extends ChangeCommand {
  readonly service: ServiceId
  /** The reason, for people. Empty: no reason is given. */
  readonly reason: string
  /** The etag that the service must have. Empty: any. */
  readonly etag: string
}

export interface SetDefaultCommand extends ClearDefaultCommand {
  readonly revisionTag: RevisionTag
}

/**
 * Makes a revision the default without asking the policy. If it was a candidate of the rollout, it no longer is, and the
 * rollout ends with its last candidate. Throws `TARGET_NOT_FOUND`, `TARGET_YANKED`, `ETAG_MISMATCH`,
 * or an error of `appendChange`.
 */
export function setDefault(deps: RegistryDeps, command: SetDefaultCommand, caller: Caller): Promise<ServiceView> {
  const { service, revisionTag, reason, etag } = command
  return appendChange(deps, command, caller, {
    service,
    tag: revisionTag,
    isOwnEntry: isDefaultEntry,
    decide: (newest, writer) => {
      const { snapshot } = requireTarget(newest, revisionTag, 'revision_tag')
      requireEtag(etag, snapshot.head.etag)
      const head = withNewDefault(snapshot.head, revisionTag, ruleByHand(reason, newest, writer))
      return defaultEntry(newest, { service, event: 'default-set', head, reason }, writer)
    },
    toAnswer: (entry, before) => withEffect(viewService(entry), { command, before, after: entry.head }),
  })
}

/** Leaves a service without a default. Throws `SERVICE_NOT_FOUND`, `ETAG_MISMATCH`, or an error of `appendChange`. */
export function clearDefault(deps: RegistryDeps, command: ClearDefaultCommand, caller: Caller): Promise<ServiceView> {
  const { service, reason, etag } = command
  return appendChange(deps, command, caller, {
    service,
    isOwnEntry: isDefaultEntry,
    decide: (newest, writer) => {
      const { head: before } = requireService(newest, service)
      requireEtag(etag, before.etag)
      const head = withDefault(before, null, ruleByHand(reason, newest, writer))
      return defaultEntry(newest, { service, event: 'default-cleared', head, reason }, writer)
    },
    toAnswer: (entry, before) => withEffect(viewService(entry), { command, before, after: entry.head }),
  })
}

function withNewDefault(head: FullHead, tag: RevisionTag, rule: DefaultRule): FullHead {
  const { rollout } = head
  const changed = withDefault(head, tag, rule)
  return rollout === null ? changed : withRollout(changed, withoutCandidate(rollout, tag))
}

function ruleByHand(reason: string, newest: HeadSnapshot | null, { principal, now }: Writer): DefaultRule {
  return { by: 'hand', policy: null, reason, actor: principal.name, time: nextTime(newest, now) }
}
