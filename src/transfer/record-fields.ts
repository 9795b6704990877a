import { fieldError, quote } from '../domain/errors.ts'

/** The fields of a JSON object, whose values may be of any type. */
export type Fields = Readonly<Record<string, unknown>>

/** A text. Throws if the field has another type, or is missing and has no fallback. */
export function text(record: Fields, field: string, fallback?: string): string {
  const value = record[field] ?? fallback
  if (typeof value === 'string') return value
  throw invalidRecord(
    field,
    value === undefined ? 'is missing: it must be a text.' : 'is not valid: it must be a text.',
  )
}

/** True or false. Throws for anything else. */
export function flag(record: Fields, field: string): boolean {
  const value = record[field]
  if (typeof value === 'boolean') return value
  throw invalidRecord(field, 'is not valid: it must be true or false.')
}

// As RFC 3339 has it, which is what django writes too; not all else that a date can be read from.
const MOMENT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

// What a timestamp of protobuf may be.
const [FIRST_MOMENT, LAST_MOMENT] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]

// A day that does not exist is read as one of the next month.
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

/** A time, in milliseconds since 1970 (UTC). Throws for anything else. */
export function moment(record: Fields, field: string): number {
  const value = text(record, field)
  const time = MOMENT.test(value) && isDay(value.slice(0, 10)) ? Date.parse(value) : Number.NaN
  if (time >= FIRST_MOMENT && time <= LAST_MOMENT) return time
  throw invalidRecord(field, `${quote(value)} is not valid: it must be a time such as 2026-11-24T15:30:00.123Z.`)
}

/** A JSON object. Throws for anything else. */
export function object(record: Fields, field: string, fallback?: Fields): Fields {
  const value = record[field] ?? fallback
  if (isFields(value)) return value
  throw invalidRecord(field, 'is not valid: it must be a JSON object.')
}

/** A list of JSON objects; empty if it is missing. Throws for anything else. */
export function array(record: Fields, field: string): readonly Fields[] {
  const value = record[field] ?? []
  if (Array.isArray(value) && value.every(isFields)) return value
  throw invalidRecord(field, 'is not valid: it must be a list of JSON objects.')
}

/** Throws unless a value is missing, or an object of texts. */
export function requireTexts(value: unknown, field: string): void {
  const parts = value === undefined ? {} : value
  const isRight =
    isFields(parts) && Object.values(parts).every((part) => part === undefined || typeof part === 'string')
  if (!isRight) throw invalidRecord(field, 'is not valid: its values must be texts.')
}

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The error for a record with a field that is not valid. */
export function invalidRecord(field: string, what: string) {
  return fieldError('INVALID_REQUEST', field, `${field} ${what}`)
}
