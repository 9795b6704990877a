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
import { fieldError, quote, RegistryError } from '../../domain/errors.ts'

/** How deep JSON may be nested, what nobody asked for included: as deep as protobuf allows messages to be. */
const MAX_DEPTH = 100

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Decodes the text of JSON, and refuses what is not UTF-8 (a decoder puts other characters by default) or too deep. */
export const jsonTextDecoder = {
  decode(bytes: Uint8Array): string {
    const text = utf8.decode(bytes)
    if (depthOf(bytes) > MAX_DEPTH) throw new SyntaxError(`the JSON is nested more than ${MAX_DEPTH} deep`)
    return text
  },
}

/** One way to read JSON for Connect and for REST, so that both refuse the same input with the same words. */
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
  throw new RegistryError({ reason: 'INVALID_REQUEST', message: 'The body must be a JSON object.' })
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
    throw invalidRequest(error)
  }
}

function parseJson(bytes: Uint8Array): JsonValue {
  try {
    return JSON.parse(jsonTextDecoder.decode(bytes))
  } catch (error) {
    const message = `The body is not valid JSON: ${error instanceof Error ? error.message : String(error)}.`
    throw new RegistryError({ reason: 'INVALID_REQUEST', message, cause: error })
  }
}

// Throws if a field that takes names has others: a value of an enumeration that it does not know, which would be ignored as
// unknown fields are, or a mask that protobuf does not read, whose error would not say where.
function requireNames(schema: DescMessage, values: JsonObject): void {
  for (const field of schema.fields) {
    if (!field.enum && !isMask(field)) continue
    const value = values[field.jsonName] ?? values[field.name] ?? undefined
    if (value === undefined) continue
    if (field.enum) requireName(field.enum, field.name, value)
    else requireMask(field.name, value)
  }
}

/** Throws where an enumeration has no such value, by its name or its number: protobuf lets others through. */
export function requireName({ values }: DescEnum, field: string, value: unknown): void {
  const isName = typeof value === 'string' || typeof value === 'number'
  if (!isName || values.some(({ name, number }) => name === value || number === value)) return
  const names = values.slice(1).map(({ name }) => name)
  throw invalidName(field, value, names.join(', '))
}

// https://protobuf.dev/reference/protobuf/google.protobuf/#field-mask: names in lowerCamelCase, joined by commas.
function requireMask(field: string, value: unknown): void {
  if (typeof value === 'string' && /^[A-Za-z0-9.,*]*$/.test(value)) return
  throw invalidName(field, value, 'names of fields in lowerCamelCase, with commas between them')
}

function invalidName(field: string, value: unknown, allowed: string): RegistryError {
  const given = quote(typeof value === 'string' ? value : JSON.stringify(value))
  return fieldError('INVALID_REQUEST', field, `${field} ${given} is not valid: it must be ${allowed}.`)
}

function isMask(field: DescField): boolean {
  return field.message?.typeName === 'google.protobuf.FieldMask'
}

/** The error for a request that does not fit its message. The decoder's own words name the field and what it expects. */
export function invalidRequest(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error
  const message = error instanceof Error ? error.message : String(error)
  const { cause } = error as { readonly cause?: unknown }
  const fieldViolations = isFieldError(cause) ? [{ field: cause.field().name, description: message }] : []
  return new RegistryError({
    reason: 'INVALID_REQUEST',
    message,
    fieldViolations,
    cause: error,
  })
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\[]{}')

// In UTF-8 none of these bytes is part of another character.
function depthOf(bytes: Uint8Array): number {
  let [depth, deepest, isInString] = [0, 0, false]
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]
    if (byte === QUOTE) isInString = !isInString
    else if (isInString && byte === BACKSLASH) index++
    else if (isInString) continue
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) deepest = Math.max(deepest, ++depth)
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--
  }
  return deepest
}
