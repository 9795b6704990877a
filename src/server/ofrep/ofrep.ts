import type { RegistryDeps } from '../../registry/core/registry-deps.ts'
import { type BoundMethod, bindMethods } from '../call/method.ts'
import { toRegistryError } from '../call/wire-errors.ts'
import { answerFailure } from '../http/answer-failure.ts'
import { drain } from '../http/body/drain.ts'
import { nameRoute, type PathHandler } from '../http/exchange.ts'
import { refuseMethod } from '../http/send.ts'
import { evaluateFlag, evaluateFlags } from './flag-methods.ts'
import { sendEvaluated, sendFailure } from './ofrep-answer.ts'
import { OfrepCall, type OfrepParts } from './ofrep-call.ts'

export interface OfrepOptions extends OfrepParts {
  readonly deps: RegistryDeps
}

const FLAGS = '/ofrep/v1/evaluate/flags'

/**
 * Serves the OpenFeature Remote Evaluation Protocol (OFREP), version 0.3.0: every service is a flag whose value is the tag of
 * its default revision, or of the candidate that a rollout gives the caller. See
 * https://github.com/open-feature/protocol/blob/main/service/openapi.yaml.
 */
export function createOfrepHandler({ deps, ...parts }: OfrepOptions): PathHandler {
  const [one, some] = bindMethods([evaluateFlag, evaluateFlags], deps) as [BoundMethod, BoundMethod]
  return (exchange, path) => {
    // Providers append a slash and the path to a URL that may already end with a slash.
    const local = path.startsWith('//') ? path.slice(1) : path
    const isBulk = local === FLAGS
    if (!isBulk && !local.startsWith(`${FLAGS}/`)) return false
    nameRoute(exchange, isBulk ? FLAGS : `${FLAGS}/{key}`)
    if (exchange.method !== 'POST') {
      refuseMethod(exchange, 'POST')
      drain(exchange, parts.limits)
      return true
    }
    const key = isBulk ? undefined : local.slice(FLAGS.length + 1)
    serve(new OfrepCall(parts, exchange, key), isBulk ? some : one, parts)
    return true
  }
}

function serve(call: OfrepCall, method: BoundMethod, parts: OfrepParts): void {
  const { source: exchange, name: rpc } = call
  answer(call, method, parts).catch((error) => answerFailure(exchange, error, { log: parts.log, rpc }))
}

async function answer(call: OfrepCall, method: BoundMethod, { pipeline, limits }: OfrepParts): Promise<void> {
  const { source: exchange } = call
  try {
    const { payload } = await pipeline.call(method, call)
    sendEvaluated(exchange, payload)
  } catch (cause) {
    sendFailure(exchange, call.key, toRegistryError(cause))
    drain(exchange, limits)
  }
}
