import type { PolicyContext } from '../../domain/policies/default-policy.ts'
import { quote, RegistryError } from '../../domain/errors.ts'
import { emptyHead, type Head } from '../../domain/head.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { withTimeLimit } from '../../time-limit.ts'
import type { RegistryDeps } from './registry-deps.ts'

type PolicyDeps = Pick<RegistryDeps, 'policy' | 'policyTimeLimitMs'>

/** A question to the default policy. */
export interface PolicyQuestion {
  readonly candidate: Sruid
  /** The state of the service for the policy. Default: a new service. */
  readonly head?: Head | undefined
  /** Ends the waiting for an answer. The promise then rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/**
 * Asks the default policy whether the candidate becomes the default. Throws `DEFAULT_POLICY_FAILED` if the policy
 * throws, answers with anything except true or false, or exceeds its time limit. The error names the policy.
 */
export function askPolicy(deps: PolicyDeps, question: PolicyQuestion): boolean | Promise<boolean> {
  const { candidate, head = emptyHead } = question
  return deps.policy.decideNow?.(candidate, policyContext(head)) ?? askSlowly(deps, question)
}

/** A policy that is asked about one candidate. While the facts stay the same, so does the answer. */
export class AskedPolicy {
  readonly #ask: (head: Head) => boolean | Promise<boolean>
  #last: { readonly context: PolicyContext; readonly answer: boolean | Promise<boolean> } | undefined

  constructor(deps: PolicyDeps, { candidate, signal }: Pick<PolicyQuestion, 'candidate' | 'signal'>) {
    this.#ask = (head) => askPolicy(deps, { candidate, head, signal })
  }

  /** As `askPolicy`, but it asks only once if the facts about the service are those of the last call. */
  answer(head: Head = emptyHead): boolean | Promise<boolean> {
    const context = policyContext(head)
    if (this.#last === undefined || !isSameContext(this.#last.context, context))
      this.#last = { context, answer: this.#ask(head) }
    return this.#last.answer
  }
}

function isSameContext(a: PolicyContext, b: PolicyContext): boolean {
  const isSame = a.highestSemver === b.highestSemver && a.highestRelease === b.highestRelease
  return isSame && a.currentDefault === b.currentDefault
}

async function askSlowly(deps: PolicyDeps, question: PolicyQuestion): Promise<boolean> {
  const { name } = deps.policy
  const decision: unknown = await ask(deps, question).catch((cause) => {
    throw isPolicyFailure(cause) || question.signal.aborted ? cause : policyFailed(name, 'failed', cause)
  })
  if (typeof decision === 'boolean') return decision
  // `String(object)` can throw.
  const shown = typeof decision === 'object' ? 'an object' : quote(String(decision))
  throw policyFailed(name, `answered ${shown} instead of true or false`)
}

/** The facts about a service that a policy gets. */
export function policyContext({ defaultTag: currentDefault, highestSemver, highestRelease }: Head): PolicyContext {
  return { currentDefault, highestSemver, highestRelease }
}

/** The error for a failure of the policy. `problem` completes "the default policy …". */
export function policyFailed(name: string, problem: string, cause?: unknown): RegistryError {
  return new RegistryError({
    reason: 'DEFAULT_POLICY_FAILED',
    message: `the default policy ${quote(name)} ${problem}, so nothing was stored; ask the operator to mend it.`,
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
