import {
  type UpdateRevisionRequest,
  UpdateRevisionRequestSchema,
} from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { fieldError, quote, RegistryError } from '../../../domain/errors.ts'
import { parseLabelName, parseLabels } from '../../../domain/labels/labels.ts'
import { fieldNameOf, noInfo, parseInfo, type UpdatablePart, updatableParts } from '../../../domain/revision-info.ts'
import type { UpdateRevisionCommand } from '../../../registry/revisions/update-revision.ts'
import { toChangeCommand, toSruid } from './common.ts'

export function toUpdateCommand(request: UpdateRevisionRequest): UpdateRevisionCommand {
  const info = parseInfo(request)
  const replaced = Object.fromEntries(replacedParts(request).map((part) => [part, info[part]]))
  const setLabels = parseLabels(request.setLabels, 'set_labels')
  const removeLabels = request.removeLabels.map((name) => parseLabelName(name, 'remove_labels'))
  requireOneWay(replaced, { setLabels, removeLabels })
  const { etag } = request
  const sruid = toSruid(request)
  const merged = { ...(setLabels.length > 0 && { setLabels }), ...(removeLabels.length > 0 && { removeLabels }) }
  // Version 0.1.0 could not merge labels, so merged labels count only if the request has them.
  const content = { sruid, changes: replaced, etag, ...merged }
  const command = toChangeCommand(UpdateRevisionRequestSchema, request, { content })
  return { ...command, sruid, replaced, setLabels, removeLabels, etag }
}

// The mask has the names of the proto, as protobuf reads a mask from JSON.
function replacedParts(request: UpdateRevisionRequest): readonly UpdatablePart[] {
  const { paths = [] } = request.updateMask ?? {}
  if (paths.length === 0) return updatableParts.filter((part) => isGiven(request, part))
  const allowed = updatableParts.map(fieldNameOf)
  const unknown = paths.find((path) => path !== '*' && !allowed.includes(path))
  if (unknown === undefined) {
    return updatableParts.filter((part) => paths.includes(fieldNameOf(part)) || paths.includes('*'))
  }
  const description = `update_mask names ${quote(unknown)}; name ${allowed.join(', ')}, or * for all of them.`
  throw fieldError('INVALID_UPDATE_MASK', 'update_mask', description)
}

function isGiven(request: UpdateRevisionRequest, part: UpdatablePart): boolean {
  return Object.keys(request[part]).length > Object.keys(noInfo[part]).length
}

// The result of replacing and merging labels at once would depend on their order.
function requireOneWay(
  replaced: object,
  { setLabels, removeLabels }: Pick<UpdateRevisionCommand, 'setLabels' | 'removeLabels'>,
): void {
  const both = setLabels.find(([name]) => removeLabels.includes(name))
  if (both)
    throw conflict(
      ['set_labels', 'remove_labels'],
      `set_labels and remove_labels both name ${quote(both[0])}; name it in one of them.`,
    )
  if (!('labels' in replaced) || (setLabels.length === 0 && removeLabels.length === 0)) return
  const description = 'labels replaces all labels; send it without set_labels and remove_labels.'
  throw conflict(['labels', 'set_labels', 'remove_labels'], description)
}

function conflict(fields: readonly string[], description: string): RegistryError {
  const fieldViolations = fields.map((field) => ({ field, description }))
  return new RegistryError({ reason: 'INVALID_LABELS', message: description, fieldViolations })
}
