import type { AliasName } from '../domain/alias.ts'
import { parseAliasName } from '../domain/alias.ts'
import { fieldError, quote } from '../domain/errors.ts'
import type { DefaultRule } from '../domain/head.ts'
import { type GivenInfo, parseInfo, type RevisionInfo } from '../domain/revision-info.ts'
import { active, isChoosable, MAX_REASON_LENGTH, type RevisionState } from '../domain/revision-state.ts'
import { parseRevisionTag, type RevisionTag } from '../domain/revision-tag.ts'
import { parseServiceId, type ServiceId, type Sruid } from '../domain/sruid.ts'
import { parseText } from '../domain/text.ts'
import { parseVersionRange } from '../domain/version-range.ts'

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
  readonly state: RevisionState
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

type Fields = Readonly<Record<string, unknown>>

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
    info: parseInfo({}),
    registeredInfo: null,
    state: active,
  }
}

function toRevisionRecord(record: Fields): RevisionRecord {
  const service = parseServiceId(text(record, 'namespace'), text(record, 'name'))
  const requested = record.requested_default ?? null
  const state = toState(record)
  return {
    kind: 'revision',
    sruid: { ...service, revisionTag: parseRevisionTag(text(record, 'revision_tag')) },
    isDefault: toIsDefault(record, state),
    requestedDefault: requested === null ? null : flag(record, 'requested_default'),
    registeredAt: moment(record, 'register_time'),
    registeredBy: toName(record, 'registered_by', 'import'),
    info: toInfo(record),
    registeredInfo: 'registered' in record ? toInfo(object(record, 'registered')) : null,
    state,
  }
}

function toIsDefault(record: Fields, state: RevisionState): boolean {
  const isDefault = flag(record, 'is_default')
  if (!isDefault || isChoosable(state)) return isDefault
  throw invalidRecord('is_default', `is true: it must be false where state is ${record.state}.`)
}

function toInfo(record: Fields): RevisionInfo {
  const source = object(record, 'source', {})
  const { labels, description } = record
  const endpoints = array(record, 'endpoints').map((endpoint) => ({ protocol: '', uri: '', ...endpoint }))
  const given = { labels, endpoints, description, source: { ...source, imageDigest: source.image_digest } }
  requireTexts(labels, 'labels')
  requireTexts(source, 'source')
  for (const { metadata, ...texts } of endpoints as readonly Fields[]) {
    requireTexts(texts, 'endpoints')
    requireTexts(metadata, 'endpoints')
  }
  if (description !== undefined) text(record, 'description')
  return parseInfo(given as GivenInfo)
}

function toState(record: Fields): RevisionState {
  switch (record.state ?? 'ACTIVE') {
    case 'ACTIVE':
      return active
    case 'DEPRECATED': {
      const { message = '', replacement } = object(record, 'deprecation', {})
      const tag = replacement === undefined ? null : parseRevisionTag(String(replacement), 'replacement')
      return { kind: 'deprecated', message: toReason(message, 'message'), replacement: tag }
    }
    case 'YANKED':
      return { kind: 'yanked', reason: toReason(object(record, 'yank', {}).reason ?? '', 'reason') }
    case 'DELETED':
      return { kind: 'deleted' }
    default:
      throw invalidRecord(
        'state',
        `is ${quote(String(record.state))}: it must be ACTIVE, DEPRECATED, YANKED or DELETED.`,
      )
  }
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

function text(record: Fields, field: string, fallback?: string): string {
  const value = record[field] ?? fallback
  if (typeof value === 'string') return value
  throw invalidRecord(
    field,
    value === undefined ? 'is missing: it must be a text.' : 'is not valid: it must be a text.',
  )
}

function flag(record: Fields, field: string): boolean {
  const value = record[field]
  if (typeof value === 'boolean') return value
  throw invalidRecord(field, 'is not valid: it must be true or false.')
}

// As RFC 3339 has it, which is what django writes too; not all else that a date can be read from.
const MOMENT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

// What a timestamp of protobuf may be.
const [FIRST_MOMENT, LAST_MOMENT] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]

// A day that does not exist is read as one of the next month.
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function moment(record: Fields, field: string): number {
  const value = text(record, field)
  const time = MOMENT.test(value) && isDay(value.slice(0, 10)) ? Date.parse(value) : Number.NaN
  if (time >= FIRST_MOMENT && time <= LAST_MOMENT) return time
  throw invalidRecord(field, `${quote(value)} is not valid: it must be a time such as 2026-11-24T15:30:00.123Z.`)
}

function object(record: Fields, field: string, fallback?: Fields): Fields {
  const value = record[field] ?? fallback
  if (isFields(value)) return value
  throw invalidRecord(field, 'is not valid: it must be a JSON object.')
}

function array(record: Fields, field: string): readonly Fields[] {
  const value = record[field] ?? []
  if (Array.isArray(value) && value.every(isFields)) return value
  throw invalidRecord(field, 'is not valid: it must be a list of JSON objects.')
}

function requireTexts(value: unknown, field: string): void {
  const parts = value === undefined ? {} : value
  const isRight =
    isFields(parts) && Object.values(parts).every((part) => part === undefined || typeof part === 'string')
  if (!isRight) throw invalidRecord(field, 'is not valid: its values must be texts.')
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalidRecord(field: string, what: string) {
  return fieldError('INVALID_REQUEST', field, `${field} ${what}`)
}
