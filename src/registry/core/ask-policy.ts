import { quote, RegistryError } from '../../domain/errors.ts'
import { emptyHead, type Head } from '../../domain/head.ts'
import type { HeadSnapshot } from '../../domain/log.ts'
import { AsksForOtherFacts, asksFor, type PolicyContext } from '../../domain/policies/default-policy.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { withTimeLimit } from '../../time-limit.ts'
import { readRecentTags } from './recent-tags.ts'
import type { RegistryDeps } from './registry-deps.ts'

type PolicyDeps = Pick<RegistryDeps, 'policy' | 'policyTimeLimitMs'>

/** A question to the default policy. */
export interface PolicyQuestion {
  readonly candidate: Sruid
  /** The state of the service for the policy. Default: a new service. */
  readonly head?: Head | undefined
  /** See `PolicyContext`. They are needed if the policy asks for them. */
  readonly recentTags?: readonly RevisionTag[] | undefined
  /** Ends the waiting for an answer. The promise then rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/**
 * Asks the default policy whether the candidate becomes the default. Throws `DEFAULT_POLICY_FAILED` if the policy
 * throws, answers with anything except true or false, or exceeds its time limit. The error names the policy.
 */
export function askPolicy(deps: PolicyDeps, question: PolicyQuestion): boolean | Promise<boolean> {
  const { candidate, head = emptyHead, recentTags } = question
  return deps.policy.decideNow?.(candidate, policyContext(head, recentTags)) ?? askSlowly(deps, question)
}

/** A policy that is asked about one candidate. While the facts stay the same, so does the answer. */
export class AskedPolicy {
  /** Whether an answer needs tags that are read from the store. */
  readonly readsStore: boolean
  readonly #deps: PolicyDeps & Pick<RegistryDeps, 'store'>
  readonly #question: Pick<PolicyQuestion, 'candidate' | 'signal'>
  #last: { readonly context: PolicyContext; readonly answer: boolean | Promise<boolean> } | undefined

  constructor(deps: PolicyDeps & Pick<RegistryDeps, 'store'>, question: Pick<PolicyQuestion, 'candidate' | 'signal'>) {
    this.#deps = deps
    this.#question = question
    this.readsStore = asksFor(deps.policy, 'recentTags')
  }

  /**
   * As `askPolicy`, but it asks only once if the facts about the service are those of the last call. Null: the service is
   * new.
   */
  answer(newest: HeadSnapshot | null): boolean | Promise<boolean> {
    if (!this.readsStore) return this.#answer(newest?.head)
    const { candidate, signal } = this.#question
    const reading = readRecentTags(this.#deps.store, candidate, { generation: newest?.generation ?? 0, signal })
    return reading.then((recentTags) => this.#answer(newest?.head, recentTags))
  }

  #answer(head: Head = emptyHead, recentTags?: readonly RevisionTag[]): boolean | Promise<boolean> {
    const context = policyContext(head, recentTags)
    if (this.#last === undefined || !isSameContext(this.#last.context, context))
      this.#last = { context, answer: askPolicy(this.#deps, { ...this.#question, head, recentTags }) }
    return this.#last.answer
  }
}

function isSameContext(a: PolicyContext, b: PolicyContext): boolean {
  const isSame = a.highestSemver === b.highestSemver && a.highestRelease === b.highestRelease
  return isSame && a.currentDefault === b.currentDefault && isSameList(a.recentTags, b.recentTags)
}

function isSameList(a: readonly RevisionTag[] = [], b: readonly RevisionTag[] = []): boolean {
  return a.length === b.length && a.every((tag, index) => tag === b[index])
}

async function askSlowly(deps: PolicyDeps, question: PolicyQuestion): Promise<boolean> {
  const { name } = deps.policy
  const decision: unknown = await ask(deps, question).catch((cause) => {
    if (cause instanceof AsksForOtherFacts) throw policyChanged(name, cause)
    throw isPolicyFailure(cause) || question.signal.aborted ? cause : policyFailed(name, 'failed', cause)
  })
  if (typeof decision === 'boolean') return decision
  // `String(object)` can throw.
  const shown = typeof decision === 'object' ? 'an object' : quote(String(decision))
  throw policyFailed(name, `answered ${shown} instead of true or false`)
}

/** The facts about a service that a policy gets. The recent tags are left out if they are undefined. */
export function policyContext(
  { defaultTag: currentDefault, highestSemver, highestRelease }: Head,
  recentTags?: readonly RevisionTag[],
): PolicyContext {
  const facts = { currentDefault, highestSemver, highestRelease }
  return recentTags === undefined ? facts : { ...facts, recentTags }
}

/** The error for a failure of the policy. `problem` completes "the default policy …". */
export function policyFailed(name: string, problem: string, cause?: unknown): RegistryError {
  return new RegistryError({
    reason: 'DEFAULT_POLICY_FAILED',
    message: `the default policy ${quote(name)} ${problem}, so nothing was stored; ask the operator to mend it.`,
    cause,
  })
}

function policyChanged(name: string, cause: unknown): RegistryError {
  return new RegistryError({
    reason: 'DEFAULT_POLICY_FAILED',
    message: `the default policy ${quote(name)} was loaded again meanwhile, so nothing was stored; try again.`,
    cause,
  })
}

async function ask({ policy, policyTimeLimitMs: ms }: PolicyDeps, question: PolicyQuestion): Promise<unknown> {
  const { candidate, head = emptyHead, recentTags, signal } = question
  const controller = new AbortController()
  const deciding = (async () => policy.decide(candidate, policyContext(head, recentTags), controller.signal))()
  const late = () => {
    controller.abort()
    return policyFailed(policy.name, `took longer than ${ms} ms`)
  }
  return withTimeLimit(deciding, { ms, late, signal })
}

function isPolicyFailure(error: unknown): boolean {
  return error instanceof RegistryError && error.reason === 'DEFAULT_POLICY_FAILED'
}
