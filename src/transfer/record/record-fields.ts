import { fieldError, quote } from '../../domain/errors.ts'
import { notValid } from '../../domain/field-errors.ts'
import { parseMoment } from '../../domain/history/moment.ts'
import { nearestName } from '../../domain/nearest-name.ts'

/** The fields of a JSON object. The values may have any type. */
export type Fields = Readonly<Record<string, unknown>>

/** Reads a string. Throws if the field has another type, which `null` is, or is missing and has no fallback. */
export function text(record: Fields, field: string, fallback?: string): string {
  const value = record[field] === undefined ? fallback : record[field]
  if (typeof value === 'string') return value
  throw invalidRecord(field, `is ${show(value)}; use a string.`)
}

/** Reads true or false. Throws for any other value. */
export function flag(record: Fields, field: string): boolean {
  const value = record[field]
  if (typeof value === 'boolean') return value
  throw invalidRecord(field, `is ${show(value)}; use true or false.`)
}

/** Reads a whole number from 0 up. Throws for any other value. */
export function whole(record: Fields, field: string): number {
  const value = record[field]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw invalidRecord(field, `is ${show(value)}; use a whole number.`)
}

// The bounds of a protobuf timestamp.
const [FIRST_MOMENT, LAST_MOMENT] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]

/** Reads a time, in milliseconds since 1970 (UTC). Throws for any other value. */
export function moment(record: Fields, field: string): number {
  const value = text(record, field)
  // Django may write a space in place of the T.
  const time = parseMoment(value.replace(' ', 'T'))
  if (time >= FIRST_MOMENT && time <= LAST_MOMENT) return time
  throw notValid('INVALID_REQUEST', field, value, 'a time such as "2026-11-24T15:30:00.123Z"')
}

/** Reads a JSON object. Throws for any other value. */
export function object(record: Fields, field: string, fallback?: Fields): Fields {
  const value = record[field] === undefined ? fallback : record[field]
  if (isFields(value)) return value
  throw invalidRecord(field, `is ${show(value)}; use a JSON object.`)
}

/** Reads a list of JSON objects. A missing list is empty. Throws for any other value. */
export function array(record: Fields, field: string): readonly Fields[] {
  const value = record[field] === undefined ? [] : record[field]
  if (!Array.isArray(value)) throw invalidRecord(field, `is ${show(value)}; use a list of JSON objects.`)
  const wrong = value.findIndex((each) => !isFields(each))
  if (wrong === -1) return value
  throw invalidRecord(`${field}[${wrong}]`, `is ${show(value[wrong])}; use a JSON object.`)
}

/** Throws unless the value is missing, or a JSON object whose values are strings. */
export function requireTexts(value: unknown, field: string): void {
  if (value === undefined) return
  if (!isFields(value)) throw invalidRecord(field, `is ${show(value)}; use a JSON object.`)
  for (const key of Object.keys(value)) if (value[key] !== undefined) requireText(value[key], `${field}.${key}`)
}

function requireText(value: unknown, field: string): void {
  if (typeof value !== 'string') throw invalidRecord(field, `is ${show(value)}; use a string.`)
}

/** Throws for a key that the record does not have. Its value would be lost. */
export function requireKnown(record: Fields, keys: readonly string[], within = ''): void {
  const unknown = Object.keys(record).find((key) => !keys.includes(key))
  if (unknown === undefined) return
  const near = nearestName(unknown, keys)
  const remedy = near === undefined ? `use only ${keys.join(', ')}` : `use ${quote(near)}, or remove it`
  throw invalidRecord(`${within}${unknown}`, `is not known; ${remedy}.`)
}

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The error for a record with a field that is not valid. */
export function invalidRecord(field: string, problem: string) {
  return fieldError('INVALID_REQUEST', field, `${field} ${problem}`)
}

/** The value of a field for an error message. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? 'a list' : 'an object'
}
