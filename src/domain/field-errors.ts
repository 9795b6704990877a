import { fieldError, quote, type RegistryError } from './errors.ts'
import type { KnownReason } from './reasons.ts'

/** The error for a text that is not valid. `allowed` completes "use …", such as "a range of semantic versions". */
export function notValid(reason: KnownReason, field: string, text: string, allowed: string): RegistryError {
  return fieldError(reason, field, `${field} ${quote(text)} is not valid; use ${allowed}.`)
}

/**
 * The error for a field with more than `most` of something. `amount` has the number and the unit, such as "65 entries".
 */
export function tooMany(reason: KnownReason, field: string, amount: string, most: number): RegistryError {
  return fieldError(reason, field, `${field} has ${amount}; use at most ${most}.`)
}
