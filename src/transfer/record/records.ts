import type { AliasName } from '../../domain/alias.ts'
import { parseAliasName } from '../../domain/alias.ts'
import type { DefaultRule } from '../../domain/head.ts'
import {
  active,
  type Deprecation,
  deleted,
  isChoosable,
  type Lifecycle,
  MAX_REASON_LENGTH,
  type Yank,
} from '../../domain/lifecycle.ts'
import { noInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import { parseRevisionTag, type RevisionTag } from '../../domain/revision-tag.ts'
import { parseServiceId, type ServiceId, type Sruid } from '../../domain/sruid.ts'
import { parseText } from '../../domain/text.ts'
import { parseVersionRange } from '../../domain/versions/version-range.ts'
import { parseJson, type TextPlace } from '../input/json-error.ts'
import {
  array,
  type Fields,
  flag,
  invalidRecord,
  isFields,
  moment,
  object,
  requireKnown,
  show,
  text,
  whole,
} from './record-fields.ts'
import { infoKeys, toInfo } from './record-info.ts'
import { type RolloutRecord, toRollout } from './rollout-record.ts'

/** A revision to import. */
export interface RevisionRecord {
  readonly kind: 'revision'
  readonly sruid: Sruid
  /** Whether it is the default of its service. */
  readonly isDefault: boolean
  /** Null: the registration did not say it. Undefined: the record does not say what the registration said. */
  readonly requestedDefault: boolean | null | undefined
  /** Whether the record says nothing of the information and the lifecycle, as a dump of django-twined does. */
  readonly isPartial: boolean
  /** Milliseconds since 1970 (UTC). */
  readonly registeredAt: number
  readonly registeredBy: string
  readonly info: RevisionInfo
  readonly registeredInfo: RevisionInfo | null
  readonly lifecycle: Lifecycle
}

/** The default, the aliases and the rollout of a service. */
export interface ServiceRecord {
  readonly kind: 'service'
  readonly service: ServiceId
  /** Null: the service has no default. Undefined: the record leaves the default out. */
  readonly defaultTag: RevisionTag | null | undefined
  readonly defaultRule: DefaultRule | null
  /** Undefined: the record leaves the aliases out. */
  readonly aliases: readonly AliasRecord[] | undefined
  /** Null: the service has no rollout. Undefined: the record leaves the rollout out. */
  readonly rollout: RolloutRecord | null | undefined
}

export interface AliasRecord {
  readonly name: AliasName
  readonly tag: RevisionTag | null
  readonly follows: { readonly range: string; readonly includePrerelease: boolean } | null
}

/**
 * A record of an input. `skipped` is a record of another kind, such as another model of a dump. `entry` is one of a
 * history, which must be in a file of its own.
 */
export type ImportRecord =
  | RevisionRecord
  | ServiceRecord
  | { readonly kind: 'skipped'; readonly model: string }
  | { readonly kind: 'entry' }

const DUMPDATA_MODEL = 'django_twined.servicerevision'

/**
 * Parses a record of a Waypost export or of django's `dumpdata`. Throws a `RegistryError`.
 */
export function parseRecord(json: string, place: TextPlace): ImportRecord {
  const value = parseJson(json, place)
  if (!isFields(value)) throw invalidRecord('record', `is ${show(value)}; use a JSON object.`)
  if ('model' in value) {
    return value.model === DUMPDATA_MODEL
      ? fromDumpdata(object(value, 'fields'))
      : { kind: 'skipped', model: text(value, 'model') }
  }
  if (value.kind === 'revision') return toRevisionRecord(value)
  if (value.kind === 'service') return toServiceRecord(value)
  if (value.kind === 'entry') return { kind: 'entry' }
  throw invalidRecord('kind', `is ${show(value.kind)}; use "revision", "service", or a record of dumpdata.`)
}

// A dump does not contain the `is_default` of the registration. Most registrations left it out.
function fromDumpdata(fields: Fields): RevisionRecord {
  const service = parseServiceId(text(fields, 'namespace'), text(fields, 'name'))
  return {
    kind: 'revision',
    sruid: { ...service, revisionTag: parseRevisionTag(text(fields, 'tag'), 'tag') },
    isDefault: flag(fields, 'is_default'),
    requestedDefault: undefined,
    isPartial: true,
    registeredAt: moment(fields, 'created'),
    registeredBy: 'django-twined',
    info: noInfo,
    registeredInfo: null,
    lifecycle: active,
  }
}

const revisionKeys = [
  ...['kind', 'namespace', 'name', 'revision_tag', 'is_default', 'requested_default', 'register_time', 'registered_by'],
  ...[...infoKeys, 'registered', 'state', 'yank', 'deprecation'],
]

function toRevisionRecord(record: Fields): RevisionRecord {
  requireKnown(record, revisionKeys)
  const service = parseServiceId(text(record, 'namespace'), text(record, 'name'))
  const requested = record.requested_default ?? null
  const lifecycle = toLifecycle(record)
  return {
    kind: 'revision',
    sruid: { ...service, revisionTag: parseRevisionTag(text(record, 'revision_tag')) },
    isDefault: toIsDefault(record, lifecycle),
    requestedDefault: requested === null ? null : flag(record, 'requested_default'),
    isPartial: false,
    registeredAt: moment(record, 'register_time'),
    registeredBy: toName(record, 'registered_by', 'import'),
    info: toInfo(record),
    registeredInfo: 'registered' in record ? toRegisteredInfo(object(record, 'registered')) : null,
    lifecycle,
  }
}

function toRegisteredInfo(registered: Fields): RevisionInfo {
  requireKnown(registered, infoKeys, 'registered.')
  return toInfo(registered)
}

function toIsDefault(record: Fields, lifecycle: Lifecycle): boolean {
  const isDefault = flag(record, 'is_default')
  if (!isDefault || isChoosable(lifecycle)) return isDefault
  throw invalidRecord('is_default', `is true and state is ${show(record.state)}; use false in this state.`)
}

/** The marks that a revision may have in each state. A yanked revision may be deprecated, too. */
const marks: Readonly<Record<string, readonly string[]>> = {
  ACTIVE: [],
  DEPRECATED: ['deprecation'],
  YANKED: ['yank', 'deprecation'],
  DELETED: [],
}

function toLifecycle(record: Fields): Lifecycle {
  const { state = 'ACTIVE' } = record
  const allowed = typeof state === 'string' && Object.hasOwn(marks, state) ? marks[state] : undefined
  if (allowed === undefined) {
    throw invalidRecord('state', `is ${show(state)}; use "ACTIVE", "DEPRECATED", "YANKED" or "DELETED".`)
  }
  const unfit = ['yank', 'deprecation'].find((mark) => mark in record && !allowed.includes(mark))
  if (unfit !== undefined) throw invalidRecord(unfit, `is given, and state is ${show(state)}; remove one of them.`)
  if (state === 'ACTIVE') return active
  if (state === 'DELETED') return deleted
  return {
    yank: state === 'YANKED' ? toYank(object(record, 'yank', {})) : null,
    deprecation: state === 'DEPRECATED' || 'deprecation' in record ? toDeprecation(record) : null,
    isDeleted: false,
  }
}

function toYank(yank: Fields): Yank {
  requireKnown(yank, ['reason'], 'yank.')
  return { reason: toReason(yank, 'reason') }
}

function toDeprecation(record: Fields): Deprecation {
  const deprecation = object(record, 'deprecation', {})
  requireKnown(deprecation, ['message', 'replacement'], 'deprecation.')
  const replacement =
    'replacement' in deprecation ? parseRevisionTag(text(deprecation, 'replacement'), 'replacement') : null
  return { message: toReason(deprecation, 'message'), replacement }
}

const serviceKeys = [
  ...['kind', 'namespace', 'name', 'default_revision_tag', 'default_rule', 'aliases', 'rollout'],
  ...['generation', 'hash'],
]

function toServiceRecord(record: Fields): ServiceRecord {
  requireKnown(record, serviceKeys)
  // They tell about the store that was exported, so an import makes others.
  if ('generation' in record) whole(record, 'generation')
  if ('hash' in record) text(record, 'hash')
  return {
    kind: 'service',
    service: parseServiceId(text(record, 'namespace'), text(record, 'name')),
    defaultTag: toDefaultTag(record),
    defaultRule: 'default_rule' in record ? toRule(object(record, 'default_rule')) : null,
    aliases: 'aliases' in record ? toAliases(record) : undefined,
    rollout: toRolloutIfAny(record),
  }
}

function toDefaultTag(record: Fields): RevisionTag | null | undefined {
  const { default_revision_tag: value } = record
  if (value === undefined || value === null) return value
  return parseRevisionTag(text(record, 'default_revision_tag'), 'default_revision_tag')
}

function toRolloutIfAny(record: Fields): RolloutRecord | null | undefined {
  const { rollout } = record
  return rollout === undefined || rollout === null ? rollout : toRollout(object(record, 'rollout'))
}

function toAliases(record: Fields): readonly AliasRecord[] {
  const aliases = array(record, 'aliases').map((alias) => toAlias(alias))
  const twice = aliases.find(({ name }, index) => aliases.findIndex((other) => other.name === name) !== index)
  if (twice === undefined) return aliases
  throw invalidRecord('aliases', `has alias ${show(twice.name)} twice; remove one of the two.`)
}

function toAlias(record: Fields): AliasRecord {
  requireKnown(record, ['alias', 'revision_tag', 'follows', 'include_prerelease'], 'aliases.')
  const name = parseAliasName(text(record, 'alias'))
  if (!('revision_tag' in record || 'follows' in record)) {
    throw invalidRecord('revision_tag', `is missing in alias ${show(name)}; give revision_tag or follows.`)
  }
  const tag = 'revision_tag' in record ? parseRevisionTag(text(record, 'revision_tag')) : null
  if (!('follows' in record)) return { name, tag, follows: null }
  const includePrerelease = 'include_prerelease' in record && flag(record, 'include_prerelease')
  const { text: range } = parseVersionRange(text(record, 'follows'), includePrerelease, 'follows')
  return { name, tag, follows: { range, includePrerelease } }
}

const rules = ['policy', 'registration', 'hand', 'yank', 'promotion', 'revert', 'import'] as const

function toRule(record: Fields): DefaultRule {
  requireKnown(record, ['by', 'policy', 'reason', 'actor', 'time'], 'default_rule.')
  const by = rules.find((rule) => rule === record.by)
  if (by === undefined) {
    throw invalidRecord(
      'default_rule.by',
      `is ${show(record.by)}; use "policy", "registration", "hand", "yank", "promotion", "revert" or "import".`,
    )
  }
  const policy = 'policy' in record ? toName(record, 'policy') : null
  return {
    by,
    policy,
    reason: toReason(record, 'reason'),
    actor: toName(record, 'actor'),
    time: moment(record, 'time'),
  }
}

function toName(record: Fields, field: string, fallback?: string): string {
  return parseText(text(record, field, fallback), field, MAX_REASON_LENGTH, 'INVALID_REQUEST')
}

function toReason(record: Fields, field: string): string {
  return parseText(text(record, field, ''), field, MAX_REASON_LENGTH, 'INVALID_REASON')
}
