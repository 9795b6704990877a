import { create, type DescField, type DescMessage, type JsonObject, type Message, ScalarType } from '@bufbuild/protobuf'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { fieldError, quote, RegistryError } from '../../domain/errors.ts'
import { nearestName } from '../../domain/nearest-name.ts'
import { parseRevisionTag } from '../../domain/revision-tag.ts'
import { requireShortMask } from '../call/bounds.ts'
import { fromJsonObject, parseJsonObject } from '../http/json.ts'
import { show } from '../http/wrong-value.ts'
import type { RestRoute, Segment } from './routes.ts'
import { otherTargetingKey, parseTargetingKeyHeader } from './targeting-key-header.ts'

type Values = Readonly<Record<string, unknown>>

/** The parts of a REST request that have parameters. */
export interface RestParameters {
  /** The segments of the path, still percent-encoded. */
  readonly segments: readonly string[]
  /** The query, still encoded. */
  readonly query: string
  /** The body; empty: the request has none. */
  readonly body: Uint8Array
  /** The etag of the header `If-Match`; undefined: the request has no such header. */
  readonly ifMatch: string | undefined
  /** The header `Waypost-Targeting-Key`, still percent-encoded; undefined: the request has no such header. */
  readonly targetingKey: string | undefined
}

/**
 * Decodes a REST request. A parameter may be in the path, the query, the body or, if it is an etag, in `If-Match`. A
 * parameter in two places must have the same value in both. Throws `INVALID_REQUEST` for an unknown key, at any depth.
 */
export function decodeRestRequest(route: RestRoute, parameters: RestParameters): Message {
  const { segments, query, body, ifMatch, targetingKey } = parameters
  const isPathOnly = query === '' && body.byteLength === 0 && ifMatch === undefined && targetingKey === undefined
  if (isPathOnly) return decodePath(route, segments)
  const merged = new Parameters()
  addPath(merged, route, parameters.segments)
  addQuery(merged, route, parameters.query)
  addBody(merged, route, parameters.body)
  addIfMatch(merged, route, parameters.ifMatch)
  addTargetingKey(merged, route, parameters.targetingKey)
  return fromJsonObject(route.method.input, merged.values as JsonObject)
}

// Most requests are lookups that have nothing but a path. Its texts need no parser.
function decodePath({ method, segments }: RestRoute, texts: readonly string[]): Message {
  const message = create(method.input)
  const fields = message as unknown as Record<string, string>
  for (let at = 0; at < segments.length; at++) {
    const segment = segments[at] as Segment
    if ('field' in segment) fields[segment.field.localName] = toPathText(segment.field, texts[at])
  }
  return message
}

/** The parameters of a request, by the names of their fields in JSON. */
class Parameters {
  readonly values: Record<string, unknown> = {}

  add({ name, jsonName }: DescField, value: unknown): void {
    const known = this.values[jsonName]
    if (known !== undefined && !isSame(known, value)) {
      const description = `${name} is ${show(known)} in one place of the request and ${show(value)} in another; give it once.`
      throw fieldError('INVALID_REQUEST', name, description)
    }
    this.values[jsonName] = value
  }
}

// Values are compared as text, because a path or a query contains numbers and booleans as text.
function isSame(a: unknown, b: unknown): boolean {
  return isObject(a) || Array.isArray(a) ? canonicalJson(a) === canonicalJson(b) : String(a) === String(b)
}

// The path is percent-decoded only here, after it was split. So `%2F` becomes a slash, which the grammar refuses, and
// not a new segment.
function addPath(parameters: Parameters, { segments }: RestRoute, texts: readonly string[]): void {
  for (const [index, segment] of segments.entries()) {
    if (!('field' in segment)) continue
    parameters.add(segment.field, toPathText(segment.field, texts[index]))
  }
}

function toPathText(field: DescField, encoded = ''): string {
  const text = percentDecode(field, encoded)
  // An empty tag in a message selects the default, but the path of a revision is not that of the service.
  if (text === '' && field.name === 'revision_tag') parseRevisionTag(text)
  return text
}

function percentDecode(field: DescField, text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw fieldError(
      'INVALID_REQUEST',
      field.name,
      `${field.name} ${quote(text)} has broken percent-encoding in the path; write a percent sign as %25.`,
    )
  }
}

function addQuery(parameters: Parameters, route: RestRoute, query: string): void {
  if (query === '') return
  const seen = new Set<DescField>()
  for (const [key, value] of new URLSearchParams(query)) {
    const field = requireField(route, route.method.input, key)
    if (seen.has(field)) {
      throw fieldError('INVALID_REQUEST', field.name, `${field.name} is in the query more than once; give it once.`)
    }
    seen.add(field)
    parameters.add(field, toJsonValue(field, isBoolean(field, value) ? value === 'true' : value))
  }
}

function addBody(parameters: Parameters, route: RestRoute, body: Uint8Array): void {
  if (body.byteLength === 0) return
  for (const [key, value] of Object.entries(parseJsonObject(body))) {
    const field = requireField(route, route.method.input, key)
    requireKnownKeys(route, field, value)
    // Null means the same as an absent key.
    if (value !== null) parameters.add(field, toJsonValue(field, value))
  }
}

function addIfMatch(parameters: Parameters, { method }: RestRoute, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return
  const field = method.input.fields.find(({ name }) => name === 'etag')
  if (field === undefined) {
    const message = `If-Match is not allowed here; leave it out, because ${method.name} has no etag.`
    throw new RegistryError({ reason: 'INVALID_ETAG', message })
  }
  parameters.add(field, ifMatch)
}

// Only lookups have one in a header. Others ignore it, so that a client may send it with every request.
function addTargetingKey(parameters: Parameters, { method }: RestRoute, header: string | undefined): void {
  const field = header && method.input.fields.find(({ name }) => name === 'targeting_key')
  if (!field) return
  const key = parseTargetingKeyHeader(header)
  const { [field.jsonName]: known = '' } = parameters.values
  if (known !== '' && known !== key) throw otherTargetingKey()
  parameters.values[field.jsonName] = key
}

function requireKnownKeys(route: RestRoute, field: DescField, value: unknown): void {
  if (field.message === undefined || field.fieldKind === 'map' || hasOwnJson(field.message) || value === null) return
  for (const part of field.fieldKind === 'list' && Array.isArray(value) ? value : [value]) {
    if (!isObject(part)) {
      throw fieldError('INVALID_REQUEST', field.name, `${field.name} has ${show(part)}; use a JSON object.`)
    }
    for (const [key, each] of Object.entries(part)) {
      requireKnownKeys(route, requireField(route, field.message, key, `${field.name}.`), each)
    }
  }
}

function requireField(route: RestRoute, message: DescMessage, key: string, prefix = ''): DescField {
  const field = message.fields.find(({ name, jsonName }) => name === key || jsonName === key)
  if (field !== undefined && !isFixedByPath(route, field)) return field
  const name = `${prefix}${key.slice(0, 64)}`
  throw fieldError(
    'INVALID_REQUEST',
    name,
    `${quote(name)} is not a parameter of this request; ${hint(route, message, key)}`,
  )
}

function hint(route: RestRoute, message: DescMessage, key: string): string {
  const names = message.fields.filter((field) => !isFixedByPath(route, field)).map(({ name }) => name)
  const nearest = nearestName(key, names)
  return nearest === undefined ? `use one of ${names.join(', ')}.` : `did you mean ${quote(nearest)}?`
}

function isBoolean(field: DescField, text: string): boolean {
  return field.scalar === ScalarType.BOOL && /^(true|false)$/.test(text)
}

/** Messages of protobuf itself, such as a field mask, have special forms in JSON. */
function hasOwnJson({ typeName }: DescMessage): boolean {
  return typeName.startsWith('google.protobuf.')
}

// In JSON, protobuf reads a field mask with names in lowerCamelCase. REST uses the names of the proto in masks, too.
function toJsonValue({ name, message }: DescField, value: unknown): unknown {
  if (message?.typeName !== 'google.protobuf.FieldMask' || typeof value !== 'string') return value
  requireShortMask(name, value)
  return value.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

const selectors = ['revision_tag', 'version_range', 'alias', 'include_prerelease']

/**
 * Whether a route does not accept a field: the path of the default selects the revision, so other selectors are
 * refused.
 */
export function isFixedByPath({ method, verb, segments }: RestRoute, { name }: DescField): boolean {
  const last = segments.at(-1)
  const isDefault = verb === 'GET' && last !== undefined && 'literal' in last && last.literal === 'default'
  return isDefault && method.localName === 'get' && selectors.includes(name)
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
