import { Revision_State, Revision_StateSchema, Revision_ViewSchema } from '../../../gen/waypost/v1/revision_pb.ts'
import {
  type ClearDefaultRequest,
  type DeleteAliasRequest,
  type DeleteRevisionRequest,
  type DeprecateRequest,
  type GetRequest,
  type ListRevisionsRequest,
  ListRevisionsRequest_Order,
  ListRevisionsRequest_OrderSchema,
  type ListServicesRequest,
  type RegisterRequest,
  type RestoreRequest,
  type SetAliasRequest,
  type SetDefaultRequest,
  type UpdateRevisionRequest,
  type YankRequest,
  YankRequest_DefaultAction,
  YankRequest_DefaultActionSchema,
} from '../../../gen/waypost/v1/service_registry_pb.ts'
import { parseAliasName } from '../../domain/alias.ts'
import { fieldError, quote, RegistryError } from '../../domain/errors.ts'
import { parseLabelSelector } from '../../domain/label-selector.ts'
import { parseInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import { MAX_REASON_LENGTH } from '../../domain/revision-state.ts'
import { parseRevisionTag } from '../../domain/revision-tag.ts'
import { parseServiceId, parseServicePrefix, type Sruid } from '../../domain/sruid.ts'
import { parseText } from '../../domain/text.ts'
import { parseVersionRange } from '../../domain/version-range.ts'
import type { SetAliasCommand } from '../../registry/aliases/aliases.ts'
import type { ChangeRequest } from '../../registry/core/append-change.ts'
import type { DeprecateCommand, YankCommand } from '../../registry/revisions/lifecycle.ts'
import type { ListRevisionsQuery, ListServicesQuery } from '../../registry/revisions/lists.ts'
import type { RegisterCommand } from '../../registry/revisions/register.ts'
import type { GetQuery, Selector } from '../../registry/revisions/selection.ts'
import type { UpdateRevisionCommand } from '../../registry/revisions/update-revision.ts'
import { requireName } from '../http/json.ts'
import { markRequest } from './fingerprint.ts'

// From requests to commands and queries: text is parsed here, and nowhere behind it. An empty text is as an absent one.

// Nobody is authenticated yet, and the log says so.
const ANONYMOUS = 'anonymous'

interface Named {
  readonly namespace: string
  readonly name: string
}

interface Tagged extends Named {
  readonly revisionTag: string
}

/** What requests for a change have in common. */
interface Changing {
  readonly $typeName: string
  readonly validateOnly: boolean
  readonly requestId: string
}

export function toServiceId({ namespace, name }: Named) {
  return parseServiceId(namespace, name)
}

export function toSruid({ namespace, name, revisionTag }: Tagged): Sruid {
  return { ...parseServiceId(namespace, name), revisionTag: parseRevisionTag(revisionTag) }
}

export function toRegisterCommand(request: RegisterRequest): RegisterCommand {
  const service = toServiceId(request)
  if (request.revisionTag === '') throw missingRevisionTag()
  const sruid = { ...service, revisionTag: parseRevisionTag(request.revisionTag) }
  return withRequest(request, { sruid, isDefault: request.isDefault ?? null, info: parseInfo(request) })
}

// The text is part of the REST contract.
function missingRevisionTag(): RegistryError {
  const description = 'A revision tag must be included when registering a new service revision.'
  return fieldError('MISSING_REVISION_TAG', 'revision_tag', description)
}

export function toGetQuery(request: GetRequest): GetQuery {
  const { labelSelector, explain, view } = request
  requireName(Revision_ViewSchema, 'view', view)
  return {
    service: toServiceId(request),
    selector: toSelector(request),
    labels: parseLabelSelector(labelSelector),
    explain,
  }
}

function toSelector({ revisionTag, versionRange, alias, includePrerelease }: GetRequest): Selector {
  requireAtMostOne({ revision_tag: revisionTag, version_range: versionRange, alias })
  if (revisionTag !== '') return { by: 'tag', tag: parseRevisionTag(revisionTag) }
  if (versionRange !== '') return { by: 'range', range: parseVersionRange(versionRange, includePrerelease) }
  return alias === '' ? { by: 'default' } : { by: 'alias', alias: parseAliasName(alias) }
}

function requireAtMostOne(fields: Readonly<Record<string, string>>): void {
  const given = Object.entries(fields).filter(([, text]) => text !== '')
  if (given.length <= 1) return
  const description = `${given.map(([field, text]) => `${field} ${quote(text)}`).join(' and ')} are given: at most one of ${Object.keys(fields).join(', ')} may be.`
  const fieldViolations = given.map(([field]) => ({ field, description }))
  throw new RegistryError({
    reason: 'CONFLICTING_SELECTORS',
    message: description,
    fieldViolations,
  })
}

export function toUpdateCommand(request: UpdateRevisionRequest): UpdateRevisionCommand {
  const info = parseInfo(request)
  const changes = Object.fromEntries(changedParts(request).map((part) => [part, info[part]]))
  return withRequest(request, { sruid: toSruid(request), changes, etag: request.etag })
}

const updatable = ['labels', 'endpoints', 'description'] as const satisfies (keyof RevisionInfo)[]

function changedParts({ updateMask, labels, endpoints, description }: UpdateRevisionRequest) {
  const isGiven = {
    labels: Object.keys(labels).length > 0,
    endpoints: endpoints.length > 0,
    description: description !== '',
  }
  const { paths = [] } = updateMask ?? {}
  if (paths.length === 0) return updatable.filter((part) => isGiven[part])
  const unknown = paths.find((path) => path !== '*' && !updatable.some((part) => part === path))
  if (unknown === undefined) return updatable.filter((part) => paths.includes(part) || paths.includes('*'))
  const allowed = `it must name ${updatable.join(', ')}, or * for all of them.`
  throw fieldError('INVALID_UPDATE_MASK', 'update_mask', `update_mask names ${quote(unknown)}: ${allowed}`)
}

export function toSetDefaultCommand(request: SetDefaultRequest) {
  return { ...toDefaultChange(request), revisionTag: parseRevisionTag(request.revisionTag) }
}

export function toClearDefaultCommand(request: ClearDefaultRequest) {
  return toDefaultChange(request)
}

function toDefaultChange(request: SetDefaultRequest | ClearDefaultRequest) {
  const { etag } = request
  const tag = 'revisionTag' in request ? request.revisionTag : ''
  return withRequest(request, { service: toServiceId(request), reason: toReason(request.reason), etag }, tag)
}

export function toSetAliasCommand(request: SetAliasRequest): SetAliasCommand {
  const { service, alias, etag } = toAlias(request)
  const { revisionTag, follows, includePrerelease } = request
  requireAtMostOne({ revision_tag: revisionTag, follows })
  if (revisionTag === '' && follows === '') throw missingTarget()
  const target =
    follows === ''
      ? { tag: parseRevisionTag(revisionTag) }
      : { range: parseVersionRange(follows, includePrerelease, 'follows') }
  return withRequest(request, { service, alias, etag, target })
}

function missingTarget(): RegistryError {
  const description = 'revision_tag and follows are missing: one of them must be given.'
  return fieldError('CONFLICTING_SELECTORS', 'revision_tag', description)
}

export function toDeleteAliasCommand(request: DeleteAliasRequest) {
  return withRequest(request, toAlias(request))
}

function toAlias(request: SetAliasRequest | DeleteAliasRequest) {
  return { service: toServiceId(request), alias: parseAliasName(request.alias), etag: request.etag }
}

export function toDeprecateCommand(request: DeprecateRequest): DeprecateCommand {
  const { message, replacement, etag } = request
  return withRequest(request, {
    sruid: toSruid(request),
    message: toReason(message, 'message'),
    replacement: replacement === '' ? null : parseRevisionTag(replacement, 'replacement'),
    etag,
  })
}

export function toYankCommand(request: YankRequest): YankCommand {
  const { reason, ifDefault, etag } = request
  requireName(YankRequest_DefaultActionSchema, 'if_default', ifDefault)
  return withRequest(request, {
    sruid: toSruid(request),
    reason: toReason(reason),
    ifDefault: ifDefault === YankRequest_DefaultAction.CLEAR ? 'clear' : 'move',
    etag,
  })
}

export function toRevisionChange(request: RestoreRequest | DeleteRevisionRequest) {
  return withRequest(request, { sruid: toSruid(request), etag: request.etag })
}

export function toListServicesQuery(request: ListServicesRequest): ListServicesQuery {
  const { prefix, labelSelector, pageSize, pageToken } = request
  return { prefix: parseServicePrefix(prefix), labels: parseLabelSelector(labelSelector), pageSize, pageToken }
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
    labels: parseLabelSelector(labelSelector),
    pageSize,
    pageToken,
  }
}

const states: Partial<Record<Revision_State, 'active' | 'deprecated' | 'yanked'>> = {
  [Revision_State.ACTIVE]: 'active',
  [Revision_State.DEPRECATED]: 'deprecated',
  [Revision_State.YANKED]: 'yanked',
}

function toReason(text: string, field = 'reason'): string {
  return parseText(text, field, MAX_REASON_LENGTH, 'INVALID_REASON')
}

// `more`: what the command does not hold, and tells two requests apart all the same.
function withRequest<T extends object>(request: Changing, command: T, more = ''): T & ChangeRequest {
  const { $typeName, requestId, validateOnly } = request
  const mark = markRequest(requestId, $typeName, { ...command, more })
  return { ...command, actor: ANONYMOUS, request: mark, validateOnly }
}
