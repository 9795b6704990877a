import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'

/** A value in the JSON of a message that does not have the type of its field. */
export interface WrongValue {
  readonly field: DescField
  readonly value: unknown
}

type JsonMessage = Readonly<Record<string, unknown>>

/** Finds the first value in JSON that does not have the type of its field; undefined if the types are right. */
export function findWrongValue(schema: DescMessage, json: JsonMessage): WrongValue | undefined {
  for (const field of schema.fields) {
    const value = json[field.jsonName] ?? json[field.name] ?? null
    if (value === null) continue
    if (!hasTypeOf(field, value)) return { field, value }
    const { message } = field
    if (message === undefined) continue
    for (const part of partsOf(field, value)) {
      const found = findWrongValue(message, part)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** The values that a field allows, for people, such as `true or false`. */
export function describeType(field: DescField): string {
  if (field.fieldKind === 'list') return `a list of ${describeItems(field)}`
  if (field.fieldKind === 'map') return `a JSON object whose values are ${describeItems(field)}`
  if (field.fieldKind === 'message') return 'a JSON object'
  if (field.fieldKind === 'enum') return 'a name as a string'
  if (field.scalar === ScalarType.BOOL) return 'true or false'
  return isText(field.scalar) ? 'a string' : 'a whole number of at most 2147483647'
}

function describeItems({ scalar, message }: DescField): string {
  if (message !== undefined) return 'JSON objects'
  return scalar === undefined || isText(scalar) ? 'strings' : 'numbers'
}

function hasTypeOf(field: DescField, value: unknown): boolean {
  if (field.fieldKind === 'list') return Array.isArray(value) && value.every((item) => isItem(field, item))
  if (field.fieldKind === 'map') return isObject(value) && Object.values(value).every((item) => isItem(field, item))
  return isItem(field, value)
}

function isItem({ scalar, message, enum: names }: DescField, value: unknown): boolean {
  // Messages of protobuf itself, such as a field mask, have special forms in JSON.
  if (message !== undefined) return message.typeName.startsWith('google.protobuf.') || isObject(value)
  if (names !== undefined) return typeof value === 'string' || typeof value === 'number'
  if (scalar === ScalarType.BOOL) return typeof value === 'boolean'
  if (isText(scalar)) return typeof value === 'string'
  return isNumberOf(scalar, value)
}

function isNumberOf(scalar: ScalarType | undefined, value: unknown): boolean {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return false
  const number = Number(value)
  if (scalar === ScalarType.INT32) return Number.isInteger(number) && Math.abs(number) < 2 ** 31
  return !Number.isNaN(number)
}

function isText(scalar: ScalarType | undefined): boolean {
  return scalar === ScalarType.STRING || scalar === ScalarType.BYTES
}

function partsOf(field: DescField, value: unknown): JsonMessage[] {
  const parts = field.fieldKind === 'message' ? [value] : Object.values(value as object)
  return parts.filter(isObject)
}

function isObject(value: unknown): value is JsonMessage {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
