import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { escapeInvisible, quote, withoutCredentials } from '../../domain/errors.ts'
import { parseMoment } from '../../domain/history/moment.ts'

/** A value in the JSON of a message that does not have the type of its field, or that is given by two names. */
export interface WrongValue {
  readonly field: DescField
  /** The place of the field in the request, such as `endpoints[0].uri`. */
  readonly path: string
  readonly value: unknown
  /** The mistake and its remedy, for people. */
  readonly problem: string
}

type JsonMessage = Readonly<Record<string, unknown>>

/** Finds the first value in JSON that does not have the type of its field; undefined if the types are right. */
export function findWrongValue(schema: DescMessage, json: JsonMessage, prefix = ''): WrongValue | undefined {
  for (const field of schema.fields) {
    const path = `${prefix}${field.name}`
    if (isGivenTwice(field, json)) return { field, path, value: null, problem: describeTwice(field) }
    const value = json[field.jsonName] ?? json[field.name] ?? null
    if (value === null) continue
    if (!hasTypeOf(field, value)) return { field, path, value, problem: describeWrong(field, value) }
    const { message } = field
    if (message === undefined) continue
    for (const [place, part] of partsOf(field, value)) {
      const found = findWrongValue(message, part, `${path}${place}.`)
      if (found !== undefined) return found
    }
  }
  return undefined
}

// Protobuf reads both spellings of a field.
function isGivenTwice({ name, jsonName }: DescField, json: JsonMessage): boolean {
  return name !== jsonName && json[name] !== undefined && json[jsonName] !== undefined
}

function describeTwice({ name, jsonName }: DescField): string {
  return `is given as ${quote(jsonName)} and as ${quote(name)}; give it once.`
}

function describeWrong(field: DescField, value: unknown): string {
  // JSON can write half of a character as an escape, and no text has it.
  const isHalf = /\\ud[89a-f]/i.test(JSON.stringify(value))
  const allowed = isHalf ? 'Unicode text, without half of a surrogate pair' : describeType(field)
  return `is ${show(value)}; use ${allowed}.`
}

/** A JSON value in a message for people: at most 64 characters of it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  // JSON has numbers that are too large for a double.
  if (typeof value === 'number') return String(value)
  const json = escapeInvisible(withoutCredentials(JSON.stringify(value) ?? 'null'))
  return json.length > 64 ? `${json.slice(0, 64)}…` : json
}

/** The values that a field allows, for people, such as `true or false`. */
export function describeType(field: DescField): string {
  if (field.fieldKind === 'list') return `a list of ${describeItems(field)}`
  if (field.fieldKind === 'map') return `a JSON object whose values are ${describeItems(field)}`
  if (field.fieldKind === 'message') {
    const isTime = field.message.typeName === 'google.protobuf.Timestamp'
    return isTime ? 'a time, such as "2026-11-24T15:50:04Z"' : 'a JSON object'
  }
  if (field.fieldKind === 'enum') return 'a name as a string'
  if (field.scalar === ScalarType.BOOL) return 'true or false'
  if (isText(field.scalar)) return 'a string'
  return field.scalar === ScalarType.INT64 ? 'a whole number' : 'a whole number of at most 2147483647'
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
  if (message?.typeName === 'google.protobuf.Timestamp') return isTimestamp(value)
  if (message !== undefined) return message.typeName.startsWith('google.protobuf.') || isObject(value)
  if (names !== undefined) return typeof value === 'string' || typeof value === 'number'
  if (scalar === ScalarType.BOOL) return typeof value === 'boolean'
  if (isText(scalar)) return typeof value === 'string' && value.isWellFormed()
  return isNumberOf(scalar, value)
}

function isNumberOf(scalar: ScalarType | undefined, value: unknown): boolean {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return false
  const number = Number(value)
  if (scalar === ScalarType.INT32) return Number.isInteger(number) && Math.abs(number) < 2 ** 31
  return scalar === ScalarType.INT64 ? Number.isSafeInteger(number) : !Number.isNaN(number)
}

// https://protobuf.dev/programming-guides/json/: RFC 3339, with a time zone, from the year 1 on.
const [FIRST_TIME, LAST_TIME] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]

function isTimestamp(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const time = parseMoment(value)
  return time >= FIRST_TIME && time <= LAST_TIME
}

function isText(scalar: ScalarType | undefined): boolean {
  return scalar === ScalarType.STRING || scalar === ScalarType.BYTES
}

function partsOf(field: DescField, value: unknown): [place: string, part: JsonMessage][] {
  const parts: [string, unknown][] =
    field.fieldKind === 'message'
      ? [['', value]]
      : Object.entries(value as object).map(([key, part]) => [`[${key}]`, part])
  return parts.filter((each): each is [string, JsonMessage] => isObject(each[1]))
}

function isObject(value: unknown): value is JsonMessage {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
