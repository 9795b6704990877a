import type { PolicyContext } from '../../domain/default-policy.ts'
import { quote, RegistryError } from '../../domain/errors.ts'
import { emptyHead, type Head } from '../../domain/head.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { withTimeLimit } from '../../time-limit.ts'
import type { RegistryDeps } from './registry-deps.ts'

type PolicyDeps = Pick<RegistryDeps, 'policy' | 'policyTimeLimitMs'>

/** A question to the policy. */
export interface PolicyQuestion {
  readonly candidate: Sruid
  /** The service as the policy sees it; default: it is new. */
  readonly head?: Head | undefined
  /** Ends the waiting for an answer: the promise rejects with its reason. */
  readonly signal: AbortSignal
}

/**
 * Asks the policy whether the candidate becomes the default. Throws `DEFAULT_POLICY_FAILED`, which names the policy, if it
 * throws, answers with anything except true or false, or takes longer than its time limit.
 */
export async function askPolicy(deps: PolicyDeps, question: PolicyQuestion): Promise<boolean> {
  const { name } = deps.policy
  const decision: unknown = await ask(deps, question).catch((cause) => {
    throw isPolicyFailure(cause) || question.signal.aborted ? cause : policyFailed(name, 'failed', cause)
  })
  if (typeof decision === 'boolean') return decision
  // An object may not be willing to become text.
  const shown = typeof decision === 'object' ? 'an object' : quote(String(decision))
  throw policyFailed(name, `answered ${shown} instead of true or false`)
}

/** What a policy is told of a service. */
export function policyContext({ defaultTag: currentDefault, highestSemver, highestRelease }: Head): PolicyContext {
  return { currentDefault, highestSemver, highestRelease }
}

/** The error for a policy that failed. */
export function policyFailed(name: string, whatHappened: string, cause?: unknown): RegistryError {
  return new RegistryError({
    reason: 'DEFAULT_POLICY_FAILED',
    message: `The default policy ${quote(name)} ${whatHappened}; nothing was stored.`,
    cause,
  })
}

async function ask({ policy, policyTimeLimitMs: ms }: PolicyDeps, question: PolicyQuestion): Promise<unknown> {
  const { candidate, head = emptyHead, signal } = question
  const controller = new AbortController()
  const deciding = (async () => policy.decide(candidate, policyContext(head), controller.signal))()
  const late = () => {
    controller.abort()
    return policyFailed(policy.name, `took longer than ${ms} ms`)
  }
  return withTimeLimit(deciding, { ms, late, signal })
}

function isPolicyFailure(error: unknown): boolean {
  return error instanceof RegistryError && error.reason === 'DEFAULT_POLICY_FAILED'
}
