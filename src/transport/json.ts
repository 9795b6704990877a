import type { DescMessage, JsonReadOptions, MessageShape } from '@bufbuild/protobuf'
import { fromJsonString } from '@bufbuild/protobuf'
import { isFieldError } from '@bufbuild/protobuf/reflect'
import { invalidField, quote, RegistryError } from '../domain/errors.ts'

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
    const message = fromJsonString(schema, text, { ...jsonReadOptions, ...options })
    requireKnownNames(schema, text)
    return message
  } catch (error) {
    throw invalidRequest(error)
  }
}

/** Throws where a field of an enumeration has a value that it does not know: with unknown fields, these are ignored too. */
export function requireNames(schema: DescMessage, values: Readonly<Record<string, unknown>>): void {
  for (const field of schema.fields) {
    const value = values[field.jsonName] ?? values[field.name]
    const isGiven = typeof value === 'string' || typeof value === 'number'
    if (!field.enum || !isGiven || field.enum.values.some(({ name, number }) => name === value || number === value))
      continue
    const names = field.enum.values.slice(1).map(({ name }) => name)
    const allowed = `it must be ${names.join(', ')}.`
    throw invalidField('INVALID_REQUEST', field.name, `${field.name} ${quote(String(value))} is not valid: ${allowed}`)
  }
}

// Few messages have such a field, and pay for reading their text twice.
function requireKnownNames(schema: DescMessage, text: string): void {
  if (schema.fields.some((field) => field.enum)) requireNames(schema, JSON.parse(text))
}

/** The error for a request that does not fit its message. The decoder's own words name the field and what it expects. */
export function invalidRequest(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error
  const message = error instanceof Error ? error.message : String(error)
  const { cause } = error as { readonly cause?: unknown }
  const fieldViolations = isFieldError(cause) ? [{ field: cause.field().name, description: message }] : []
  return new RegistryError({
    code: 'invalid_argument',
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
