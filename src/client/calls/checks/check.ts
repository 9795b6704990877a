import { nearestName } from '../../../domain/nearest-name.ts'
import { invalidOption } from '../errors.ts'

/** Throws an `invalid_argument` about the field if the value is not allowed. */
export type Check = (value: unknown, field: string) => void

/** One check for each property of `T`: an option without a check does not compile, nor does a check without an option. */
export type Checks<T> = { readonly [K in keyof Required<T>]: Check }

/** The names of the properties of `T`, also of a union. */
export type NameOf<T> = T extends T ? keyof T & string : never

export const text: Check = (value, field) => {
  if (typeof value !== 'string') throw wrongType(field, 'a string', value)
}

export const flag: Check = (value, field) => {
  if (typeof value !== 'boolean') throw wrongType(field, 'true or false', value)
}

/** A signal of any realm or polyfill. */
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
    if (!allowed.includes(value)) throw invalidOption(field, `must be ${list}, not ${JSON.stringify(value)}.`)
  }
}

/** A whole number between two bounds, which belong to it. */
export function wholeNumber(min: number, max: number): Check {
  return numberThat(Number.isInteger, 'whole number', min, max)
}

/** A finite number that is not below the bound. */
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

/** An object whose values pass a check, whatever their names are. */
export function recordOf(check: Check): Check {
  return (value, field) => {
    if (!isObject(value)) throw wrongType(field, 'an object', value)
    for (const [name, part] of Object.entries(value)) check(part, join(field, name))
  }
}

/**
 * An object that has no properties except these. A property that is undefined counts as absent. The field of the whole
 * object may be empty: then its properties are the options themselves.
 */
export function object<T>(checks: Readonly<Record<NameOf<T>, Check>>, required: readonly NameOf<T>[] = []): Check {
  return (value, field) => {
    if (!isObject(value)) throw wrongType(field || 'options', 'an object', value)
    const known = Object.keys(checks)
    const unknown = Object.keys(value).find((name) => !known.includes(name))
    if (unknown !== undefined) throw unknownOption(join(field, unknown), unknown, known)
    for (const [name, check] of Object.entries<Check>(checks)) {
      const part = value[name]
      if (part !== undefined) check(part, join(field, name))
      else if ((required as readonly string[]).includes(name)) throw invalidOption(join(field, name), 'must be given.')
    }
  }
}

/** The error for a value of the wrong type. It does not repeat the value, which may be a secret. */
export function wrongType(field: string, expected: string, value: unknown) {
  return invalidOption(field, `must be ${expected}, not ${describeType(value)}.`)
}

function numberThat(isKind: (value: number) => boolean, kind: string, min: number, max: number): Check {
  const bounds = max === Number.MAX_VALUE ? `of at least ${min}` : `from ${min} to ${max}`
  return (value, field) => {
    if (typeof value !== 'number') throw wrongType(field, `a ${kind} ${bounds}`, value)
    const isAllowed = isKind(value) && value >= min && value <= max
    if (!isAllowed) throw invalidOption(field, `must be a ${kind} ${bounds}, not ${value}.`)
  }
}

function unknownOption(field: string, name: string, known: readonly string[]) {
  const nearest = nearestName(name, known)
  const hint = nearest === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean ${nearest}?`
  return invalidOption(field, `is not an option. ${hint}`)
}

// Not an array, and not a Map or a Date either, whose contents are in no property.
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]'
}

function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function join(field: string, name: string): string {
  return field === '' ? name : `${field}.${name}`
}
