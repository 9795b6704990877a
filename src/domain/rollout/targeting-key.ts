import { fieldError } from '../errors.ts'

/** A text that identifies a caller to a rollout. */
export type TargetingKey = string & { readonly __brand: 'TargetingKey' }

/** Parses a targeting key. Throws `INVALID_TARGETING_KEY` if it is not valid. */
export function parseTargetingKey(text: string, field = 'targeting_key'): TargetingKey {
  if (text.length >= 1 && text.length <= 256) return text as TargetingKey
  throw fieldError('INVALID_TARGETING_KEY', field, `${field} has ${text.length} characters; use 1 to 256.`)
}
