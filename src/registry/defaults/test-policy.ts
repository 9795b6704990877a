import { emptyHead } from '../../domain/head.ts'
import type { PolicyContext } from '../../domain/policies/default-policy.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { askPolicy, policyContext } from '../core/ask-policy.ts'
import type { Caller } from '../core/caller.ts'
import { recentTagsForPolicy } from '../core/recent-tags.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

/** The answer of the policy to a test. */
export interface PolicyTested {
  readonly policy: string
  readonly becomesDefault: boolean
  /** The facts about the service that the policy got. */
  readonly context: PolicyContext
}

/**
 * Asks the policy whether a revision would become the default. The revision need not be registered. A yanked revision
 * would not, and the policy is not asked about it. Throws `DEFAULT_POLICY_FAILED`.
 */
export async function testPolicy(deps: RegistryDeps, candidate: Sruid, { signal }: Caller): Promise<PolicyTested> {
  const found = await deps.store.lookup(candidate, { by: 'tag', tag: candidate.revisionTag })
  const { head = emptyHead, revision = null, generation = 0 } = found ?? {}
  const recentTags = await recentTagsForPolicy(deps, candidate, { generation, signal })
  const isYanked = revision !== null && revision.lifecycle.yank !== null
  const becomesDefault = !isYanked && (await askPolicy(deps, { candidate, head, recentTags, signal }))
  return { policy: deps.policy.name, becomesDefault, context: policyContext(head, recentTags) }
}
