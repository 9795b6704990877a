import { RegistryError } from '../../domain/errors.ts'
import type { Answer } from '../http/exchange.ts'

const kept = new WeakMap<RegistryError, Map<object, Answer>>()

/**
 * The answer to a call that its caller's rate does not allow. The same error is thrown again and again, so its answer is
 * encoded once for each form of answers. `encode` makes the answer to a call that failed for any other reason.
 */
export function keptRefusal<A extends Answer | Promise<Answer>>(
  error: unknown,
  form: object,
  encode: () => A,
): A | Answer {
  if (!(error instanceof RegistryError) || error.reason !== 'RATE_LIMITED') return encode()
  const known = kept.get(error)?.get(form)
  if (known !== undefined) return known
  const answer = encode()
  if (!(answer instanceof Promise)) kept.set(error, (kept.get(error) ?? new Map<object, Answer>()).set(form, answer))
  return answer
}
