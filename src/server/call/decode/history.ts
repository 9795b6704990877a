import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { Change_Event, Change_EventSchema } from '../../../../gen/waypost/v1/history_pb.ts'
import {
  type ListChangesRequest,
  type RevertRequest,
  RevertRequestSchema,
} from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { parseAliasName } from '../../../domain/alias.ts'
import type { LogEvent } from '../../../domain/entries/events.ts'
import type { At } from '../../../domain/history/at.ts'
import { parseRevisionTag } from '../../../domain/revision-tag.ts'
import { parseText } from '../../../domain/text.ts'
import type { ListChangesQuery } from '../../../registry/history/list-changes.ts'
import type { RevertCommand } from '../../../registry/history/revert.ts'
import { requireName } from '../../http/json.ts'
import { toAt, toMilliseconds } from './at.ts'
import { missingSelector, toChangeCommand, toReason, toServiceId } from './common.ts'

const MAX_ACTOR_LENGTH = 1_024

export function toListChangesQuery(request: ListChangesRequest): ListChangesQuery {
  const { revisionTag, alias, event, afterTime, beforeTime, pageSize, pageToken } = request
  requireName(Change_EventSchema, 'event', event)
  return {
    service: toServiceId(request),
    tag: revisionTag === '' ? null : parseRevisionTag(revisionTag),
    alias: alias === '' ? null : parseAliasName(alias),
    event: events[event] ?? null,
    actor: request.actor === '' ? null : parseText(request.actor, 'actor', MAX_ACTOR_LENGTH, 'INVALID_REQUEST'),
    afterTime: afterTime === undefined ? null : toMilliseconds(afterTime, 'after_time'),
    beforeTime: beforeTime === undefined ? null : toEnd(beforeTime),
    ...{ pageSize, pageToken },
  }
}

// A change has a whole millisecond, so it is before a part of the next one.
function toEnd(time: Timestamp): number {
  return toMilliseconds(time, 'before_time') + Math.ceil((time.nanos % 1_000_000) / 1_000_000)
}

export function toRevertCommand(request: RevertRequest): RevertCommand {
  const content = {
    service: toServiceId(request),
    to: toRevertTo(request),
    reason: toReason(request.reason),
    etag: request.etag,
  }
  return { ...toChangeCommand(RevertRequestSchema, request, { content }), ...content }
}

function toRevertTo({ time, generation }: RevertRequest): At {
  const to = toAt({ atTime: time, atGeneration: generation }, { time: 'time', generation: 'generation' })
  if (to !== null) return to
  throw missingSelector('generation', 'generation and time are missing; give one of them.')
}

const events: Partial<Record<Change_Event, LogEvent>> = {
  [Change_Event.REVISION_REGISTERED]: 'revision-registered',
  [Change_Event.REVISION_UPDATED]: 'revision-updated',
  [Change_Event.REVISION_DEPRECATED]: 'revision-deprecated',
  [Change_Event.REVISION_UNDEPRECATED]: 'revision-undeprecated',
  [Change_Event.REVISION_YANKED]: 'revision-yanked',
  [Change_Event.REVISION_UNYANKED]: 'revision-unyanked',
  [Change_Event.REVISION_RESTORED]: 'revision-restored',
  [Change_Event.REVISION_DELETED]: 'revision-deleted',
  [Change_Event.DEFAULT_SET]: 'default-set',
  [Change_Event.DEFAULT_CLEARED]: 'default-cleared',
  [Change_Event.ALIAS_SET]: 'alias-set',
  [Change_Event.ALIAS_DELETED]: 'alias-deleted',
  [Change_Event.ROLLOUT_SET]: 'rollout-set',
  [Change_Event.ROLLOUT_ENDED]: 'rollout-ended',
  [Change_Event.CHOICES_REVERTED]: 'choices-reverted',
}
