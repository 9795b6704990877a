import type { PolicyContext } from '../../domain/default-policy.ts'
import { quote, RegistryError } from '../../domain/errors.ts'
import { emptyHead, type Head } from '../../domain/head.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { withTimeLimit } from '../../time-limit.ts'
import type { RegistryDeps } from './registry-deps.ts'

type PolicyDeps = Pick<RegistryDeps, 'policy' | 'policyTimeLimitMs'>

/**
 * Asks the policy whether the candidate becomes the default. Throws `DEFAULT_POLICY_FAILED`, which names the policy,
 * where it throws, answers with anything but true or false, or takes longer than its time limit.
 */
export async function decideDefault(deps: PolicyDeps, candidate: Sruid, head: Head = emptyHead): Promise<boolean> {
  const { name } = deps.policy
  const decision: unknown = await ask(deps, candidate, head).catch((cause) => {
    throw isPolicyFailure(cause) ? cause : policyFailed(name, 'failed', cause)
  })
  if (typeof decision === 'boolean') return decision
  // An object may not be willing to become text.
  const shown = typeof decision === 'object' ? 'an object' : quote(String(decision))
  throw policyFailed(name, `answered ${shown} instead of true or false`)
}

async function ask({ policy, policyTimeLimitMs }: PolicyDeps, candidate: Sruid, head: Head): Promise<unknown> {
  const { defaultTag: currentDefault, highestSemver, highestRelease } = head
  const context: PolicyContext = { currentDefault, highestSemver, highestRelease }
  const controller = new AbortController()
  const deciding = (async () => policy.decide(candidate, context, controller.signal))()
  return withTimeLimit(deciding, policyTimeLimitMs, () => {
    controller.abort()
    return policyFailed(policy.name, `took longer than ${policyTimeLimitMs} ms`)
  })
}

function isPolicyFailure(error: unknown): boolean {
  return error instanceof RegistryError && error.reason === 'DEFAULT_POLICY_FAILED'
}

/** The error for a policy that failed. */
export function policyFailed(name: string, whatHappened: string, cause?: unknown): RegistryError {
  return new RegistryError({
    reason: 'DEFAULT_POLICY_FAILED',
    message: `The default policy ${quote(name)} ${whatHappened}; nothing was stored.`,
    cause,
  })
}
