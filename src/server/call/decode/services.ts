import {
  type ClearDefaultRequest,
  ClearDefaultRequestSchema,
  type DeleteAliasRequest,
  DeleteAliasRequestSchema,
  type GetAliasRequest,
  type ListAliasesRequest,
  type ListServicesRequest,
  type SetAliasRequest,
  SetAliasRequestSchema,
  type SetDefaultRequest,
  SetDefaultRequestSchema,
} from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { type AliasName, parseAliasName } from '../../../domain/alias.ts'
import { parseLabelSelector } from '../../../domain/labels/label-selector.ts'
import { parseRevisionTag } from '../../../domain/revision-tag.ts'
import { parseServicePrefix, type ServiceId } from '../../../domain/sruid.ts'
import { parseVersionRange } from '../../../domain/versions/version-range.ts'
import type { DeleteAliasCommand } from '../../../registry/aliases/delete-alias.ts'
import type { AliasesQuery, AliasQuery } from '../../../registry/aliases/read-aliases.ts'
import type { SetAliasCommand } from '../../../registry/aliases/set-alias.ts'
import type { ClearDefaultCommand, SetDefaultCommand } from '../../../registry/defaults/set-default.ts'
import type { ListServicesQuery } from '../../../registry/services/list-services.ts'
import { toAt } from './at.ts'
import { missingSelector, requireAtMostOne, toChangeCommand, toReason, toServiceId } from './common.ts'

export function toSetDefaultCommand(request: SetDefaultRequest): SetDefaultCommand {
  const content = { service: toServiceId(request), reason: toReason(request.reason), etag: request.etag }
  const contentV1 = { content: { ...content, more: request.revisionTag } }
  const command = toChangeCommand(SetDefaultRequestSchema, request, contentV1)
  return { ...command, ...content, revisionTag: parseRevisionTag(request.revisionTag) }
}

export function toClearDefaultCommand(request: ClearDefaultRequest): ClearDefaultCommand {
  const content = { service: toServiceId(request), reason: toReason(request.reason), etag: request.etag }
  return { ...toChangeCommand(ClearDefaultRequestSchema, request, { content }), ...content }
}

export function toSetAliasCommand(request: SetAliasRequest): SetAliasCommand {
  const content = { ...toAlias(request), etag: request.etag, target: toTarget(request) }
  return { ...toChangeCommand(SetAliasRequestSchema, request, { content }), ...content }
}

function toTarget({ revisionTag, follows, includePrerelease }: SetAliasRequest): SetAliasCommand['target'] {
  requireAtMostOne({ revision_tag: revisionTag, follows })
  if (revisionTag === '' && follows === '') {
    throw missingSelector('revision_tag', 'revision_tag and follows are missing; give one of them.')
  }
  return follows === ''
    ? { tag: parseRevisionTag(revisionTag) }
    : { range: parseVersionRange(follows, includePrerelease, 'follows') }
}

export function toDeleteAliasCommand(request: DeleteAliasRequest): DeleteAliasCommand {
  const content = { ...toAlias(request), etag: request.etag }
  return { ...toChangeCommand(DeleteAliasRequestSchema, request, { content }), ...content }
}

export function toAliasQuery(request: GetAliasRequest): AliasQuery {
  return { ...toAlias(request), at: toAt(request) }
}

export function toAliasesQuery(request: ListAliasesRequest): AliasesQuery {
  return { service: toServiceId(request), at: toAt(request) }
}

function toAlias(request: SetAliasRequest | GetAliasRequest | DeleteAliasRequest): {
  readonly service: ServiceId
  readonly alias: AliasName
} {
  return { service: toServiceId(request), alias: parseAliasName(request.alias) }
}

export function toListServicesQuery(request: ListServicesRequest): ListServicesQuery {
  const { prefix, labelSelector, pageSize, pageToken } = request
  return { prefix: parseServicePrefix(prefix), labels: parseLabelSelector(labelSelector), pageSize, pageToken }
}
