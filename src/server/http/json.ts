import type {
  DescEnum,
  DescField,
  DescMessage,
  JsonObject,
  JsonReadOptions,
  JsonValue,
  MessageShape,
} from '@bufbuild/protobuf'
import { fromJson } from '@bufbuild/protobuf'
import { isFieldError } from '@bufbuild/protobuf/reflect'
import { escapeInvisible, fieldError, quote, RegistryError, withoutCredentials } from '../../domain/errors.ts'
import { requireShortMask, requireSmallJson } from '../call/bounds.ts'
import { describeType, findWrongValue } from './wrong-value.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Decodes the text of JSON. Throws if it is not UTF-8. Also throws the errors of `requireSmallJson`. */
export const jsonTextDecoder = {
  decode(bytes: Uint8Array): string {
    const text = utf8.decode(bytes)
    requireSmallJson(bytes)
    return text
  },
}

/**
 * The options for reading JSON. Connect and REST share them, because both must refuse the same input with the same
 * text.
 */
export const jsonReadOptions: Partial<JsonReadOptions> = { ignoreUnknownFields: true }

/** Decodes a message from JSON, or throws `INVALID_REQUEST`. */
export function decodeJson<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  options: Partial<JsonReadOptions> = {},
): MessageShape<Desc> {
  return fromJsonObject(schema, parseJsonObject(bytes), options)
}

/** Parses a JSON object, or throws `INVALID_REQUEST`. */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
  const json = parseJson(bytes)
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json
  throw new RegistryError({ reason: 'INVALID_REQUEST', message: `the body is ${show(json)}; send a JSON object.` })
}

/** Makes a message of a JSON object, or throws `INVALID_REQUEST`. */
export function fromJsonObject<Desc extends DescMessage>(
  schema: Desc,
  json: JsonObject,
  options: Partial<JsonReadOptions> = {},
): MessageShape<Desc> {
  try {
    requireNames(schema, json)
    return fromJson(schema, json, { ...jsonReadOptions, ...options })
  } catch (error) {
    throw wrongType(schema, json, error) ?? invalidRequest(error)
  }
}

function parseJson(bytes: Uint8Array): JsonValue {
  try {
    return JSON.parse(jsonTextDecoder.decode(bytes))
  } catch (error) {
    if (error instanceof RegistryError) throw error
    const message = `the body is not valid JSON (${toText(error)}); send a JSON object.`
    throw new RegistryError({ reason: 'INVALID_REQUEST', message, cause: error })
  }
}

// Protobuf ignores unknown names of an enumeration, as it ignores unknown fields. Its error for a mask does not name
// the field.
function requireNames(schema: DescMessage, values: JsonObject): void {
  for (const field of schema.fields) {
    if (!field.enum && !isMask(field)) continue
    const value = values[field.jsonName] ?? values[field.name] ?? undefined
    if (value === undefined) continue
    if (field.enum) requireName(field.enum, field.name, value)
    else requireMask(field.name, value)
  }
}

/** Throws `INVALID_REQUEST` if an enumeration has no value with this name or number. Protobuf allows any number. */
export function requireName({ values }: DescEnum, field: string, value: unknown): void {
  const isName = typeof value === 'string' || typeof value === 'number'
  if (!isName || values.some(({ name, number }) => name === value || number === value)) return
  const names = values.slice(1).map(({ name }) => name)
  throw invalidName(field, value, `one of ${names.join(', ')}`)
}

// https://protobuf.dev/reference/protobuf/google.protobuf/#field-mask: names in lowerCamelCase, joined by commas.
function requireMask(field: string, value: unknown): void {
  if (typeof value === 'string') requireShortMask(field, value)
  if (typeof value === 'string' && /^[A-Za-z0-9.,*]*$/.test(value)) return
  throw invalidName(field, value, 'names of fields in lowerCamelCase, with commas between them')
}

function invalidName(field: string, value: unknown, allowed: string): RegistryError {
  const given = quote(typeof value === 'string' ? value : JSON.stringify(value))
  return fieldError('INVALID_REQUEST', field, `${field} ${given} is not valid; use ${allowed}.`)
}

function isMask(field: DescField): boolean {
  return field.message?.typeName === 'google.protobuf.FieldMask'
}

// The decoder's own message does not say how to write the value, and it names types of the proto.
function wrongType(schema: DescMessage, json: JsonObject, cause: unknown): RegistryError | undefined {
  if (cause instanceof RegistryError) return undefined
  const wrong = findWrongValue(schema, json)
  if (wrong === undefined) return undefined
  const { field, value } = wrong
  const description = `${field.name} is ${show(value)}; use ${describeType(field)}.`
  const fieldViolations = [{ field: field.name, description }]
  return new RegistryError({ reason: 'INVALID_REQUEST', message: description, fieldViolations, cause })
}

/** A JSON value in a message for people: at most 64 characters of it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  const json = escapeInvisible(withoutCredentials(JSON.stringify(value) ?? 'null'))
  return json.length > 64 ? `${json.slice(0, 64)}…` : json
}

function toText(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
}

/** The error for a request that cannot be decoded. */
export function invalidRequest(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error
  const { cause } = error as { readonly cause?: unknown }
  if (isFieldError(cause)) {
    const { name } = cause.field()
    const description = `${name} is not valid (${cause.message}); correct this field.`
    const fieldViolations = [{ field: name, description }]
    return new RegistryError({ reason: 'INVALID_REQUEST', message: description, fieldViolations, cause: error })
  }
  const message = `the request cannot be decoded (${toText(error)}); send the message of this method.`
  return new RegistryError({ reason: 'INVALID_REQUEST', message, cause: error })
}
