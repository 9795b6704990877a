import { parseMoment } from '../../../domain/history/moment.ts'
import { nearestName } from '../../../domain/nearest-name.ts'
import { invalidOption } from '../errors.ts'

/** The texts that are times, for messages. */
const TIME = 'a time such as "2026-11-24T12:00:00Z"'

/** Throws an `invalid_argument` about the field if the value is not allowed. */
export type Check = (value: unknown, field: string) => void

/** One check for each property of `T`. The compiler refuses a missing check and a check of an unknown option. */
export type Checks<T> = { readonly [K in keyof Required<T>]: Check }

/** The names of the properties of `T`. If `T` is a union, the names of all of its members. */
export type NameOf<T> = T extends T ? keyof T & string : never

export const text: Check = (value, field) => {
  if (typeof value !== 'string') throw wrongType(field, 'a string', value)
}

/** A string that revisions or changes are chosen by. It is not empty: the call would silently choose without it. */
export const selector: Check = (value, field) => {
  text(value, field)
  if (value === '') throw invalidOption(field, 'is empty; leave it out to choose without it.')
}

export const flag: Check = (value, field) => {
  if (typeof value !== 'boolean') throw wrongType(field, 'true or false', value)
}

/** A time: a valid `Date`, or a text in the format of RFC 3339. */
export const moment: Check = (value, field) => {
  const isText = typeof value === 'string'
  const isDate = kindOf(value) === '[object Date]'
  if (!isText && !isDate) throw wrongType(field, `a Date or ${TIME}`, value)
  if (!Number.isNaN(isText ? parseMoment(value) : Number(value))) return
  throw invalidOption(field, `is ${isText ? JSON.stringify(value.slice(0, 64)) : 'an invalid Date'}; use ${TIME}.`)
}

/** A state in the history of a service: either a time or a generation. */
export const point: Check = (value, field) => {
  pointParts(value, field)
  const given = Object.values(value as object).filter((part) => part !== undefined)
  if (given.length !== 1) throw invalidOption(field, 'needs either a time or a generation; give one of them.')
}

/** An `AbortSignal`, also from another realm or a polyfill. */
export const abortSignal: Check = (value, field) => {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>
  const isSignal = typeof aborted === 'boolean' && typeof addEventListener === 'function'
  if (!isSignal) throw wrongType(field, 'an AbortSignal', value)
}

/** One of these texts. */
export function oneOf(...allowed: readonly string[]): Check {
  const list = allowed.map((each) => JSON.stringify(each)).join(' or ')
  return (value, field) => {
    if (typeof value !== 'string') throw wrongType(field, list, value)
    if (!allowed.includes(value)) throw invalidOption(field, `is ${JSON.stringify(value)}; use ${list}.`)
  }
}

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number): Check {
  return numberThat(Number.isInteger, 'whole number', min, max)
}

/** A finite number of at least `min`. */
export function numberFrom(min: number): Check {
  return numberThat(Number.isFinite, 'finite number', min, Number.MAX_VALUE)
}

/** A list whose items pass a check. */
export function listOf(check: Check): Check {
  return (value, field) => {
    if (!Array.isArray(value)) throw wrongType(field, 'an array', value)
    for (const [at, item] of value.entries()) check(item, `${field}[${at}]`)
  }
}

/** An object with any names, whose values pass a check. */
export function recordOf(check: Check): Check {
  return (value, field) => {
    if (!isObject(value)) throw wrongType(field, 'a plain object', value)
    for (const [name, part] of Object.entries(value)) check(part, join(field, name))
  }
}

/**
 * An object that has only these properties. A property that is undefined counts as absent. If the field is empty, the
 * object is the argument with the options, and errors name its properties without a prefix.
 */
export function object<T>(checks: Readonly<Record<NameOf<T>, Check>>, required: readonly NameOf<T>[] = []): Check {
  const known = Object.keys(checks)
  const each = Object.entries<Check>(checks)
  return (value, field) => {
    if (!isObject(value)) throw wrongType(field || 'options', 'a plain object', value)
    const unknown = Object.keys(value).find((name) => !known.includes(name))
    if (unknown !== undefined) throw unknownOption(join(field, unknown), unknown, known)
    for (const [name, check] of each) {
      const part = value[name]
      if (part !== undefined) check(part, join(field, name))
      else if ((required as readonly string[]).includes(name))
        throw invalidOption(join(field, name), 'is missing; give it a value.')
    }
  }
}

const pointParts = object<object>({ time: moment, generation: wholeNumber(1, Number.MAX_SAFE_INTEGER) } as never)

/** The error for a value of the wrong type. It contains only the type, because the value may be a secret. */
export function wrongType(field: string, expected: string, value: unknown) {
  return invalidOption(field, `is ${describeType(value)}; use ${expected}.`)
}

function numberThat(isKind: (value: number) => boolean, kind: string, min: number, max: number): Check {
  const bounds = max === Number.MAX_VALUE ? `of at least ${min}` : `from ${min} to ${max}`
  return (value, field) => {
    if (typeof value !== 'number') throw wrongType(field, `a ${kind} ${bounds}`, value)
    const isAllowed = isKind(value) && value >= min && value <= max
    if (!isAllowed) throw invalidOption(field, `is ${value}; use a ${kind} ${bounds}.`)
  }
}

function unknownOption(field: string, name: string, known: readonly string[]) {
  const nearest = nearestName(name, known)
  const hint = nearest === undefined ? `use one of ${known.join(', ')}.` : `the nearest option is ${nearest}.`
  return invalidOption(field, `is not an option; ${hint}`)
}

// An array, a Map and a Date are no plain objects: their contents are not in properties.
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return kindOf(value) === '[object Object]'
}

function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}

function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function join(field: string, name: string): string {
  return field === '' ? name : `${field}.${name}`
}
