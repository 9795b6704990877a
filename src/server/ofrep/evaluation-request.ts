import type { Message } from '@bufbuild/protobuf'
import { fieldError } from '../../domain/errors.ts'
import { tooMany } from '../../domain/field-errors.ts'
import { parseTargetingKey, type TargetingKey } from '../../domain/rollout/targeting-key.ts'
import { parseJsonObject } from '../http/json.ts'
import { show } from '../http/wrong-value.ts'

/** The most flags of one bulk evaluation. */
export const MAX_FLAGS = 100

/** A request of OFREP. It takes the place of the message of an RPC in the pipeline. */
export interface EvaluationRequest extends Message<'ofrep'> {
  /** The flags to evaluate, each once. A flag is the default revision of a service, such as `my-org/my-service`. */
  readonly keys: readonly string[]
  /** Null: the context has no key, so a rollout gives the caller the default. */
  readonly targetingKey: TargetingKey | null
}

/**
 * Parses the body of a request. Throws `INVALID_REQUEST` if it is no JSON object, or about a field of its context, and
 * `INVALID_TARGETING_KEY`. Attributes of the context that the registry does not know are ignored, as OFREP asks.
 *
 * @param key The flag in the path. Undefined: the context names the flags.
 */
export function parseEvaluationRequest(body: Uint8Array, key: string | undefined): EvaluationRequest {
  const { context } = parseJsonObject(body)
  if (!isObject(context)) throw invalid('context', context, 'send a JSON object, such as {"targetingKey": "user-42"}')
  const { targetingKey, flags } = context
  return {
    $typeName: 'ofrep',
    keys: key === undefined ? parseFlags(flags) : [key],
    targetingKey: toTargetingKey(targetingKey),
  }
}

// Providers leave the key out, or send an empty text, if the application gave none.
function toTargetingKey(value: unknown): TargetingKey | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'string') return parseTargetingKey(value, 'context.targetingKey')
  throw invalid('context.targetingKey', value, 'use a text')
}

function parseFlags(value: unknown): readonly string[] {
  const remedy = `list 1 to ${MAX_FLAGS} flags, such as ["my-org/my-service"]`
  if (!Array.isArray(value) || value.length === 0) throw invalid('context.flags', value, remedy)
  if (value.length > MAX_FLAGS) throw tooMany('INVALID_REQUEST', 'context.flags', `${value.length} flags`, MAX_FLAGS)
  const wrong = value.findIndex((flag) => typeof flag !== 'string')
  if (wrong !== -1) throw invalid(`context.flags[${wrong}]`, value[wrong], 'use the key of a flag')
  return [...new Set(value)]
}

function invalid(field: string, value: unknown, remedy: string) {
  const fact = value === undefined ? 'is missing' : `is ${show(value)}`
  return fieldError('INVALID_REQUEST', field, `${field} ${fact}; ${remedy}.`)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
