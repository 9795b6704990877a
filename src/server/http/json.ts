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
import { escapeInvisible, fieldError, quote, RegistryError } from '../../domain/errors.ts'
import { parseMoment } from '../../domain/history/moment.ts'
import { requireShortMask, requireSmallJson } from '../call/bounds.ts'
import { findDuplicateKey } from './duplicate-key.ts'
import { describeType, findWrongValue, show } from './wrong-value.ts'

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
  const text = decodeText(bytes)
  const json = parseJson(text)
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    requireDistinctKeys(text)
    return json
  }
  throw new RegistryError({ reason: 'INVALID_REQUEST', message: `the body is ${show(json)}; send a JSON object.` })
}

/** Makes a message of a JSON object, or throws `INVALID_REQUEST`. */
export function fromJsonObject<Desc extends DescMessage>(
  schema: Desc,
  json: JsonObject,
  options: Partial<JsonReadOptions> = {},
): MessageShape<Desc> {
  try {
    requireForms(schema, json)
    return fromJson(schema, json, { ...jsonReadOptions, ...options })
  } catch (error) {
    throw wrongType(schema, json, error) ?? invalidRequest(error)
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return jsonTextDecoder.decode(bytes)
  } catch (error) {
    throw invalidJson(error)
  }
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalidJson(error)
  }
}

function invalidJson(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error
  const message = `the body is not valid JSON (${describeSyntax(error)}); send a JSON object.`
  return new RegistryError({ reason: 'INVALID_REQUEST', message, cause: error })
}

function requireDistinctKeys(text: string): void {
  const key = findDuplicateKey(text)
  if (key === undefined) return
  throw fieldError('INVALID_REQUEST', key.slice(0, 64), `the body has the key ${quote(key)} twice; send it once.`)
}

// Protobuf ignores unknown names of an enumeration, as it ignores unknown fields. Its error for a mask does not name
// the field. It reads a day that does not exist as a day of the next month.
function requireForms(schema: DescMessage, values: JsonObject): void {
  for (const field of schema.fields) {
    if (!field.enum && !isMask(field) && !isTime(field)) continue
    const value = values[field.jsonName] ?? values[field.name] ?? undefined
    if (value === undefined) continue
    if (field.enum) requireName(field.enum, field.name, value)
    else if (isMask(field)) requireMask(field.name, value)
    else requireTime(field, value)
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

function requireTime(field: DescField, value: unknown): void {
  if (typeof value !== 'string' || !Number.isNaN(parseMoment(value))) return
  throw fieldError('INVALID_REQUEST', field.name, `${field.name} is ${show(value)}; use ${describeType(field)}.`)
}

function invalidName(field: string, value: unknown, allowed: string): RegistryError {
  return fieldError('INVALID_REQUEST', field, `${field} ${show(value)} is not valid; use ${allowed}.`)
}

function isMask(field: DescField): boolean {
  return field.message?.typeName === 'google.protobuf.FieldMask'
}

function isTime(field: DescField): boolean {
  return field.message?.typeName === 'google.protobuf.Timestamp'
}

// The decoder's own message does not say how to write the value, and it names types of the proto.
function wrongType(schema: DescMessage, json: JsonObject, cause: unknown): RegistryError | undefined {
  if (cause instanceof RegistryError) return undefined
  const wrong = findWrongValue(schema, json)
  if (wrong === undefined) return undefined
  const { path, problem } = wrong
  const description = `${path} ${problem}`
  const fieldViolations = [{ field: path, description }]
  return new RegistryError({ reason: 'INVALID_REQUEST', message: description, fieldViolations, cause })
}

// The messages of the parser repeat a part of the text, with its control characters.
function describeSyntax(error: unknown): string {
  if (!(error instanceof SyntaxError)) return 'it is not UTF-8'
  const [fact = ''] = error.message.split(/, (?:\.\.\.)?"/)
  const shown = escapeInvisible(JSON.stringify(fact).slice(1, -1))
  return `${shown.charAt(0).toLowerCase()}${shown.slice(1)}`
}

/** The error for a request that cannot be decoded. */
export function invalidRequest(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error
  const { cause } = error as { readonly cause?: unknown }
  const field = isFieldError(cause) ? cause.field() : undefined
  // The texts of the decoder name types of the proto, and do not say which values are allowed.
  const description =
    field?.kind === 'field'
      ? `${field.name} cannot be decoded; use ${describeType(field)}.`
      : 'the request cannot be decoded; send the message of this method, with texts in UTF-8.'
  const fieldViolations = field === undefined ? [] : [{ field: field.name, description }]
  return new RegistryError({ reason: 'INVALID_REQUEST', message: description, fieldViolations, cause: error })
}
