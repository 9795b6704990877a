import { type DefaultRule, type Head, withDefault } from '../../domain/head.ts'
import { entryAfter, nextTime } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { type ChangeRequest, makeChange } from '../core/append-change.ts'
import { requireService, requireTarget } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { type ServiceView, viewService } from '../core/service-view.ts'

interface DefaultChange extends ChangeRequest {
  readonly service: ServiceId
  /** Why, for people; empty: nothing is said. */
  readonly reason: string
  /** The etag that the service's head must have; empty: any. */
  readonly etag: string
}

export interface SetDefaultCommand extends DefaultChange {
  readonly revisionTag: RevisionTag
}

/**
 * Makes a revision the default, whatever the policy says. Throws `TARGET_NOT_FOUND`, `TARGET_YANKED`, `ETAG_MISMATCH`, or
 * what `makeChange` throws.
 */
export function setDefault(deps: RegistryDeps, command: SetDefaultCommand): Promise<ServiceView> {
  const { service, revisionTag, reason, etag } = command
  return makeChange(deps, {
    ...command,
    wanted: revisionTag,
    decide: (newest, writer) => {
      const revision = requireTarget(newest, revisionTag, 'revision_tag')
      const head = newest?.head as Head
      requireEtag(etag, head.etag)
      const rule = byHand(command, nextTime(newest, writer.now))
      const change = { event: 'default-set', revision, head: withDefault(head, revisionTag, rule), reason } as const
      return entryAfter(newest, service, change, writer)
    },
    toAnswer: viewService,
  })
}

/** Leaves a service without a default. Throws `SERVICE_NOT_FOUND`, `ETAG_MISMATCH`, or what `makeChange` throws. */
export function clearDefault(deps: RegistryDeps, command: DefaultChange): Promise<ServiceView> {
  const { service, reason, etag } = command
  return makeChange(deps, {
    ...command,
    decide: (newest, writer) => {
      const { head, revision } = requireService(newest, service)
      requireEtag(etag, head.etag)
      const rule = byHand(command, nextTime(newest, writer.now))
      const change = { event: 'default-cleared', revision, head: withDefault(head, null, rule), reason } as const
      return entryAfter(newest, service, change, writer)
    },
    toAnswer: viewService,
  })
}

function byHand({ reason, actor }: DefaultChange, time: number): DefaultRule {
  return { by: 'hand', policy: null, reason, actor, time }
}
