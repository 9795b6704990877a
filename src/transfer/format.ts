import type { DefaultRule } from '../domain/head.ts'
import type { Deprecation, Lifecycle } from '../domain/lifecycle.ts'
import type { FullHeadSnapshot, FullRevision } from '../domain/log.ts'
import type { ServiceId } from '../domain/sruid.ts'
import type { Fields } from './record/record-fields.ts'
import { fromInfo } from './record/record-info.ts'
import { fromRollout } from './record/rollout-record.ts'

/** Writes the line of a revision, without a line end. The inverse of `parseRecord`. */
export function formatRevision(revision: FullRevision, isDefault: boolean): string {
  const { namespace, name, revisionTag, requestedDefault, registeredAt, registeredBy, info, registeredInfo } = revision
  return JSON.stringify({
    kind: 'revision',
    namespace,
    name,
    revision_tag: revisionTag,
    is_default: isDefault,
    requested_default: requestedDefault,
    register_time: toTime(registeredAt),
    registered_by: registeredBy,
    ...fromInfo(info),
    ...(registeredInfo && { registered: fromInfo(registeredInfo) }),
    ...fromLifecycle(revision.lifecycle),
  })
}

/**
 * Writes the line with the default, the aliases and the rollout of a service. The inverse of `parseRecord`, which ignores the
 * generation and the hash.
 */
export function formatService({ namespace, name }: ServiceId, { head, generation, hash }: FullHeadSnapshot): string {
  const { defaultTag, defaultRule, aliases, rollout } = head
  return JSON.stringify({
    kind: 'service',
    namespace,
    name,
    default_revision_tag: defaultTag,
    ...(defaultRule !== null && { default_rule: fromRule(defaultRule) }),
    aliases: aliases.map(({ name: alias, tag, follows }) => ({
      alias,
      ...(tag !== null && { revision_tag: tag }),
      ...(follows && { follows: follows.range, include_prerelease: follows.includePrerelease }),
    })),
    rollout: rollout && fromRollout(rollout),
    generation,
    ...(hash !== null && { hash }),
  })
}

function fromLifecycle({ yank, deprecation, isDeleted }: Lifecycle): Fields {
  if (isDeleted) return { state: 'DELETED' }
  if (yank === null && deprecation === null) return {}
  return {
    state: yank === null ? 'DEPRECATED' : 'YANKED',
    ...(yank && { yank: { reason: yank.reason } }),
    ...(deprecation && { deprecation: fromDeprecation(deprecation) }),
  }
}

function fromDeprecation({ message, replacement }: Deprecation): Fields {
  return { message, ...(replacement !== null && { replacement }) }
}

function fromRule({ by, policy, reason, actor, time }: DefaultRule) {
  return { by, ...(policy !== null && { policy }), ...(reason !== '' && { reason }), actor, time: toTime(time) }
}

function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
