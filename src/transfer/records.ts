import type { AliasName } from '../domain/alias.ts'
import { parseAliasName } from '../domain/alias.ts'
import { quote } from '../domain/errors.ts'
import type { DefaultRule } from '../domain/head.ts'
import {
  active,
  type Deprecation,
  deleted,
  isChoosable,
  type Lifecycle,
  MAX_REASON_LENGTH,
} from '../domain/lifecycle.ts'
import { noInfo, type RevisionInfo } from '../domain/revision-info.ts'
import { parseRevisionTag, type RevisionTag } from '../domain/revision-tag.ts'
import { parseServiceId, type ServiceId, type Sruid } from '../domain/sruid.ts'
import { parseText } from '../domain/text.ts'
import { parseVersionRange } from '../domain/versions/version-range.ts'
import { array, type Fields, flag, invalidRecord, isFields, moment, object, text } from './record-fields.ts'
import { toInfo } from './record-info.ts'

/** A revision to import. */
export interface RevisionRecord {
  readonly kind: 'revision'
  readonly sruid: Sruid
  /** Whether it is the default of its service. */
  readonly isDefault: boolean
  readonly requestedDefault: boolean | null
  /** Milliseconds since 1970 (UTC). */
  readonly registeredAt: number
  readonly registeredBy: string
  readonly info: RevisionInfo
  readonly registeredInfo: RevisionInfo | null
  readonly lifecycle: Lifecycle
}

/** What a service has beside its revisions. */
export interface ServiceRecord {
  readonly kind: 'service'
  readonly service: ServiceId
  /** Null: none is the default; undefined: nothing is said of it. */
  readonly defaultTag: RevisionTag | null | undefined
  readonly defaultRule: DefaultRule | null
  readonly aliases: readonly AliasRecord[]
}

export interface AliasRecord {
  readonly name: AliasName
  readonly tag: RevisionTag | null
  readonly follows: { readonly range: string; readonly includePrerelease: boolean } | null
}

/** A record of an input. `skipped`: one that is about something else. */
export type ImportRecord = RevisionRecord | ServiceRecord | { readonly kind: 'skipped' }

const DUMPDATA_MODEL = 'django_twined.servicerevision'

/** Parses a record of our own, or of django's `dumpdata`. Throws a `RegistryError`, or a `SyntaxError` for what is no JSON. */
export function parseRecord(text: string): ImportRecord {
  const value: unknown = JSON.parse(text)
  if (!isFields(value)) throw invalidRecord('record', 'is not valid: it must be a JSON object.')
  if ('model' in value)
    return value.model === DUMPDATA_MODEL ? fromDumpdata(object(value, 'fields')) : { kind: 'skipped' }
  if (value.kind === 'revision') return toRevisionRecord(value)
  if (value.kind === 'service') return toServiceRecord(value)
  throw invalidRecord(
    'kind',
    `is ${quote(String(value.kind))}: it must be "revision" or "service", or the record dumpdata's.`,
  )
}

// What the registration said is not in a dump. Most said nothing.
function fromDumpdata(fields: Fields): RevisionRecord {
  const service = parseServiceId(text(fields, 'namespace'), text(fields, 'name'))
  return {
    kind: 'revision',
    sruid: { ...service, revisionTag: parseRevisionTag(text(fields, 'tag'), 'tag') },
    isDefault: flag(fields, 'is_default'),
    requestedDefault: null,
    registeredAt: moment(fields, 'created'),
    registeredBy: 'django-twined',
    info: noInfo,
    registeredInfo: null,
    lifecycle: active,
  }
}

function toRevisionRecord(record: Fields): RevisionRecord {
  const service = parseServiceId(text(record, 'namespace'), text(record, 'name'))
  const requested = record.requested_default ?? null
  const lifecycle = toLifecycle(record)
  return {
    kind: 'revision',
    sruid: { ...service, revisionTag: parseRevisionTag(text(record, 'revision_tag')) },
    isDefault: toIsDefault(record, lifecycle),
    requestedDefault: requested === null ? null : flag(record, 'requested_default'),
    registeredAt: moment(record, 'register_time'),
    registeredBy: toName(record, 'registered_by', 'import'),
    info: toInfo(record),
    registeredInfo: 'registered' in record ? toInfo(object(record, 'registered')) : null,
    lifecycle,
  }
}

function toIsDefault(record: Fields, lifecycle: Lifecycle): boolean {
  const isDefault = flag(record, 'is_default')
  if (!isDefault || isChoosable(lifecycle)) return isDefault
  throw invalidRecord('is_default', `is true: it must be false if state is ${record.state}.`)
}

const states: readonly unknown[] = ['ACTIVE', 'DEPRECATED', 'YANKED', 'DELETED']

// The deprecation of a yanked revision is beside its yank.
function toLifecycle(record: Fields): Lifecycle {
  const state = record.state ?? 'ACTIVE'
  if (!states.includes(state)) {
    throw invalidRecord('state', `is ${quote(String(state))}: it must be ACTIVE, DEPRECATED, YANKED or DELETED.`)
  }
  if (state === 'ACTIVE') return active
  if (state === 'DELETED') return deleted
  return {
    yank: state === 'YANKED' ? { reason: toReason(object(record, 'yank', {}).reason ?? '', 'reason') } : null,
    deprecation: state === 'DEPRECATED' || 'deprecation' in record ? toDeprecation(record) : null,
    isDeleted: false,
  }
}

function toDeprecation(record: Fields): Deprecation {
  const { message = '', replacement } = object(record, 'deprecation', {})
  const tag = replacement === undefined ? null : parseRevisionTag(String(replacement), 'replacement')
  return { message: toReason(message, 'message'), replacement: tag }
}

function toServiceRecord(record: Fields): ServiceRecord {
  return {
    kind: 'service',
    service: parseServiceId(text(record, 'namespace'), text(record, 'name')),
    defaultTag: toDefaultTag(record.default_revision_tag),
    defaultRule: 'default_rule' in record ? toRule(object(record, 'default_rule')) : null,
    aliases: array(record, 'aliases').map((alias) => toAlias(alias)),
  }
}

function toDefaultTag(value: unknown): RevisionTag | null | undefined {
  return value === undefined || value === null ? value : parseRevisionTag(String(value), 'default_revision_tag')
}

function toAlias(record: Fields): AliasRecord {
  const name = parseAliasName(text(record, 'alias'))
  const tag = 'revision_tag' in record ? parseRevisionTag(text(record, 'revision_tag')) : null
  if (!('follows' in record)) return { name, tag, follows: null }
  const includePrerelease = 'include_prerelease' in record && flag(record, 'include_prerelease')
  const { text: range } = parseVersionRange(text(record, 'follows'), includePrerelease, 'follows')
  return { name, tag, follows: { range, includePrerelease } }
}

const rules = ['policy', 'registration', 'hand', 'yank'] as const

function toRule(record: Fields): DefaultRule {
  const by = rules.find((rule) => rule === record.by)
  if (by === undefined)
    throw invalidRecord('default_rule', `has by ${quote(String(record.by))}: it must be ${rules.join(', ')}.`)
  const policy = 'policy' in record ? toName(record, 'policy') : null
  return {
    by,
    policy,
    reason: toReason(record.reason ?? '', 'reason'),
    actor: toName(record, 'actor'),
    time: moment(record, 'time'),
  }
}

function toName(record: Fields, field: string, fallback?: string): string {
  return parseText(text(record, field, fallback), field, MAX_REASON_LENGTH, 'INVALID_REQUEST')
}

function toReason(value: unknown, field: string): string {
  return parseText(String(value), field, MAX_REASON_LENGTH, 'INVALID_REASON')
}
