import {
  Revision_State,
  Revision_StateSchema,
  Revision_View,
  Revision_ViewSchema,
} from '../../../../gen/waypost/v1/revision_pb.ts'
import {
  type DeleteRevisionRequest,
  DeleteRevisionRequestSchema,
  type DeprecateRequest,
  DeprecateRequestSchema,
  type GetRequest,
  type ListRevisionsRequest,
  ListRevisionsRequest_Order,
  ListRevisionsRequest_OrderSchema,
  type RegisterRequest,
  RegisterRequestSchema,
  type UndeprecateRequest,
  UndeprecateRequestSchema,
  type UnyankRequest,
  UnyankRequestSchema,
  type YankRequest,
  YankRequest_DefaultAction,
  YankRequest_DefaultActionSchema,
  YankRequestSchema,
} from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { parseAliasName } from '../../../domain/alias.ts'
import { fieldError, type RegistryError } from '../../../domain/errors.ts'
import { parseLabelSelector } from '../../../domain/labels/label-selector.ts'
import type { RevisionState } from '../../../domain/lifecycle.ts'
import { givenParts, parseInfo, type RevisionInfo } from '../../../domain/revision-info.ts'
import { parseRevisionTag } from '../../../domain/revision-tag.ts'
import { parseTargetingKey, type TargetingKey } from '../../../domain/rollout/targeting-key.ts'
import { parseVersionRange } from '../../../domain/versions/version-range.ts'
import type { RevisionCommand } from '../../../registry/revisions/change-revision.ts'
import type { GetQuery, Selector } from '../../../registry/revisions/get-query.ts'
import type { DeprecateCommand, YankCommand } from '../../../registry/revisions/lifecycle.ts'
import type { ListRevisionsQuery } from '../../../registry/revisions/list-revisions.ts'
import type { RegisterCommand } from '../../../registry/revisions/register.ts'
import { theDefault } from '../../../store/store.ts'
import { requireName } from '../../http/json.ts'
import { toAt } from './at.ts'
import { requireAtMostOne, toChangeCommand, toReason, toServiceId, toSruid } from './common.ts'

export function toRegisterCommand(request: RegisterRequest): RegisterCommand {
  const service = toServiceId(request)
  if (request.revisionTag === '') throw missingRevisionTag()
  const sruid = { ...service, revisionTag: parseRevisionTag(request.revisionTag) }
  const requestedDefault = request.isDefault ?? null
  const info = parseInfo(request)
  const content = { sruid, isDefault: requestedDefault, info: infoV1(info) }
  return { ...toChangeCommand(RegisterRequestSchema, request, { content }), sruid, requestedDefault, info }
}

// The text is part of the REST contract.
function missingRevisionTag(): RegistryError {
  const description = 'A revision tag must be included when registering a new service revision.'
  return fieldError('MISSING_REVISION_TAG', 'revision_tag', description)
}

// The form of version 0.1.0. A part that is newer counts only if the request has it.
function infoV1(info: RevisionInfo): object {
  const { labels, endpoints, description, source } = info
  return { labels, endpoints, description, source, ...givenParts(info) }
}

export function toGetQuery(request: GetRequest): GetQuery {
  const { labelSelector, explain, view } = request
  requireName(Revision_ViewSchema, 'view', view)
  return {
    service: toServiceId(request),
    selector: toSelector(request),
    labels: parseLabelSelector(labelSelector),
    targetingKey: toTargetingKey(request),
    at: toAt(request),
    explain,
    showsActor: view === Revision_View.FULL,
  }
}

/** The targeting key of a request. Throws `INVALID_TARGETING_KEY`. */
export function toTargetingKey({ targetingKey }: Pick<GetRequest, 'targetingKey'>): TargetingKey | null {
  return targetingKey === '' ? null : parseTargetingKey(targetingKey)
}

/** The fields that select one revision of a service. */
type Selecting = Pick<GetRequest, 'revisionTag' | 'versionRange' | 'alias' | 'includePrerelease'>

/** Throws `CONFLICTING_SELECTORS` for more than one selector. Without a selector, the default is selected. */
export function toSelector({ revisionTag, versionRange, alias, includePrerelease }: Selecting): Selector {
  if (revisionTag === '' && versionRange === '' && alias === '') return theDefault
  requireAtMostOne({ revision_tag: revisionTag, version_range: versionRange, alias })
  if (revisionTag !== '') return { by: 'tag', tag: parseRevisionTag(revisionTag) }
  if (versionRange !== '') return { by: 'range', range: parseVersionRange(versionRange, includePrerelease) }
  return { by: 'alias', alias: parseAliasName(alias) }
}

export function toDeprecateCommand(request: DeprecateRequest): DeprecateCommand {
  const { etag } = request
  const sruid = toSruid(request)
  const message = toReason(request.message, 'message')
  const replacement = request.replacement === '' ? null : parseRevisionTag(request.replacement, 'replacement')
  const content = { sruid, message, replacement, etag }
  return { ...toChangeCommand(DeprecateRequestSchema, request, { content }), ...content }
}

export function toYankCommand(request: YankRequest): YankCommand {
  const { etag } = request
  requireName(YankRequest_DefaultActionSchema, 'if_default', request.ifDefault)
  const sruid = toSruid(request)
  const reason = toReason(request.reason)
  const ifDefault = request.ifDefault === YankRequest_DefaultAction.CLEAR ? 'clear' : 'move'
  const content = { sruid, reason, ifDefault, etag } as const
  return { ...toChangeCommand(YankRequestSchema, request, { content }), ...content }
}

export function toUndeprecateCommand(request: UndeprecateRequest): RevisionCommand {
  const content = toRevisionWithEtag(request)
  return { ...toChangeCommand(UndeprecateRequestSchema, request, { content }), ...content }
}

export function toUnyankCommand(request: UnyankRequest): RevisionCommand {
  const content = toRevisionWithEtag(request)
  // The REST path of version 0.1.0 still works, and a retry over it must find the first request.
  const contentV1 = { typeName: 'waypost.v1.RestoreRequest', content }
  return { ...toChangeCommand(UnyankRequestSchema, request, contentV1), ...content }
}

export function toDeleteCommand(request: DeleteRevisionRequest): RevisionCommand {
  const content = toRevisionWithEtag(request)
  return { ...toChangeCommand(DeleteRevisionRequestSchema, request, { content }), ...content }
}

function toRevisionWithEtag(request: UndeprecateRequest | UnyankRequest | DeleteRevisionRequest) {
  return { sruid: toSruid(request), etag: request.etag }
}

export function toListRevisionsQuery(request: ListRevisionsRequest): ListRevisionsQuery {
  const { order, state, view, labelSelector, pageSize, pageToken } = request
  requireName(ListRevisionsRequest_OrderSchema, 'order', order)
  requireName(Revision_StateSchema, 'state', state)
  requireName(Revision_ViewSchema, 'view', view)
  return {
    service: toServiceId(request),
    order: order === ListRevisionsRequest_Order.HIGHEST_VERSION_FIRST ? 'version' : 'registration',
    state: states[state],
    at: toAt(request),
    labels: parseLabelSelector(labelSelector),
    pageSize,
    pageToken,
  }
}

const states: Partial<Record<Revision_State, Exclude<RevisionState, 'deleted'>>> = {
  [Revision_State.ACTIVE]: 'active',
  [Revision_State.DEPRECATED]: 'deprecated',
  [Revision_State.YANKED]: 'yanked',
}
