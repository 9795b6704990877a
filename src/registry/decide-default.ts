import type { PolicyContext } from '../domain/default-policy.ts'
import { quote, RegistryError } from '../domain/errors.ts'
import { emptyHead, type Head } from '../domain/log.ts'
import type { Sruid } from '../domain/sruid.ts'
import type { RegistryDeps } from './deps.ts'

type PolicyDeps = Pick<RegistryDeps, 'policy' | 'policyTimeLimitMs'>

/**
 * Asks the policy whether the candidate becomes the default. Throws `DEFAULT_POLICY_FAILED`, which names the policy,
 * where it throws, answers with anything but true or false, or takes longer than its time limit.
 */
export async function decideDefault(deps: PolicyDeps, candidate: Sruid, head: Head = emptyHead): Promise<boolean> {
  const { policy, policyTimeLimitMs } = deps
  const { highestSemver, highestRelease } = head
  const context: PolicyContext = { currentDefault: head.defaultTag, highestSemver, highestRelease }
  const decision = await withTimeLimit(policyTimeLimitMs, (signal) => policy.decide(candidate, context, signal)).catch(
    (cause) => {
      throw policyFailed(
        policy.name,
        cause === timeLimit ? `took longer than ${policyTimeLimitMs} ms` : 'failed',
        cause,
      )
    },
  )
  if (typeof decision !== 'boolean') {
    throw policyFailed(policy.name, `answered ${quote(String(decision))} instead of true or false`)
  }
  return decision
}

const timeLimit = Symbol('time limit')

async function withTimeLimit<T>(ms: number, operation: (signal: AbortSignal) => T | PromiseLike<T>): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort()
      reject(timeLimit)
    }, ms)
  })
  try {
    return await Promise.race([operation(controller.signal), expiry])
  } finally {
    clearTimeout(timer)
  }
}

function policyFailed(name: string, whatHappened: string, cause?: unknown): RegistryError {
  return new RegistryError({
    code: 'internal',
    reason: 'DEFAULT_POLICY_FAILED',
    message: `The default policy ${quote(name)} ${whatHappened}; nothing was registered.`,
    cause,
  })
}
