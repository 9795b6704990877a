import {
  type EndRolloutRequest,
  EndRolloutRequestSchema,
  type GetRolloutRequest,
  type SetRolloutRequest,
  SetRolloutRequestSchema,
} from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { parseRevisionTag } from '../../../domain/revision-tag.ts'
import { parseRollout } from '../../../domain/rollout/parse-rollout.ts'
import type { EndRolloutCommand } from '../../../registry/rollouts/end-rollout.ts'
import type { RolloutQuery } from '../../../registry/rollouts/get-rollout.ts'
import type { SetRolloutCommand } from '../../../registry/rollouts/set-rollout.ts'
import { toAt } from './at.ts'
import { toChangeCommand, toReason, toServiceId } from './common.ts'

export function toSetRolloutCommand(request: SetRolloutRequest): SetRolloutCommand {
  const service = toServiceId(request)
  const given = request.candidates.map(({ revisionTag, weight = 0, pinnedKeys }) => ({
    revisionTag,
    weight,
    pinnedKeys,
  }))
  const rollout = parseRollout({ candidates: given, salt: request.salt })
  const content = { service, ...rollout, reason: toReason(request.reason), etag: request.etag }
  return { ...toChangeCommand(SetRolloutRequestSchema, request, { content }), ...content }
}

export function toEndRolloutCommand(request: EndRolloutRequest): EndRolloutCommand {
  const service = toServiceId(request)
  const promote = request.promote === '' ? null : parseRevisionTag(request.promote, 'promote')
  const content = { service, promote, reason: toReason(request.reason), etag: request.etag }
  return { ...toChangeCommand(EndRolloutRequestSchema, request, { content }), ...content }
}

export function toRolloutQuery(request: GetRolloutRequest): RolloutQuery {
  return { service: toServiceId(request), at: toAt(request) }
}
