import type { PolicyContext } from '../../domain/default-policy.ts'
import { emptyHead } from '../../domain/head.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { askPolicy, policyContext } from '../core/ask-policy.ts'
import type { Caller } from '../core/caller.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

/** The answer of the policy about a revision that is not being registered. */
export interface PolicyTested {
  readonly policy: string
  readonly becomesDefault: boolean
  /** What the policy was told of the service. */
  readonly context: PolicyContext
}

/**
 * Asks the policy about a revision, which need not be registered. For a yanked revision the answer is no, without asking the
 * policy. Throws `DEFAULT_POLICY_FAILED`.
 */
export async function testPolicy(deps: RegistryDeps, candidate: Sruid, { signal }: Caller): Promise<PolicyTested> {
  const found = await deps.store.lookup(candidate, { by: 'tag', tag: candidate.revisionTag })
  const { head = emptyHead, revision = null } = found ?? {}
  const isYanked = revision !== null && revision.lifecycle.yank !== null
  const becomesDefault = !isYanked && (await askPolicy(deps, { candidate, head, signal }))
  return { policy: deps.policy.name, becomesDefault, context: policyContext(head) }
}
