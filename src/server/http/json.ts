import type { DescEnum, DescField, DescMessage, JsonReadOptions, MessageShape } from '@bufbuild/protobuf'
import { fromJsonString } from '@bufbuild/protobuf'
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
  try {
    const text = jsonTextDecoder.decode(bytes)
    requireReadableNames(schema, text)
    return fromJsonString(schema, text, { ...jsonReadOptions, ...options })
  } catch (error) {
    throw invalidRequest(error)
  }
}

/** Parses JSON, or throws `INVALID_REQUEST`. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(jsonTextDecoder.decode(bytes))
  } catch (error) {
    throw invalidRequest(error)
  }
}

/**
 * Throws where a field that takes names has others: an enumeration's value that it does not know, which would be ignored as
 * unknown fields are, or a mask that protobuf does not read, whose error would not say where.
 */
export function requireNames(schema: DescMessage, values: Readonly<Record<string, unknown>>): void {
  for (const field of schema.fields) {
    const value = values[field.jsonName] ?? values[field.name] ?? undefined
    if (value === undefined) continue
    if (field.enum) requireName(field.enum, field.name, value)
    if (isMask(field)) requireMask(field.name, value)
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

// Few messages have such a field, and pay for reading their text twice. What is no JSON the decoder refuses.
function requireReadableNames(schema: DescMessage, text: string): void {
  if (!schema.fields.some((field) => field.enum || isMask(field))) return
  const values = tryParse(text)
  if (typeof values === 'object' && values !== null) requireNames(schema, values as Readonly<Record<string, unknown>>)
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
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
