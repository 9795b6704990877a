import type { PolicyContext } from '../../domain/default-policy.ts'
import { emptyHead } from '../../domain/head.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { decideDefault } from '../core/ask-policy.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

/** What the policy says of a revision that nobody registers. */
export interface PolicyTested {
  readonly policy: string
  readonly becomesDefault: boolean
  /** What it was told of the service. */
  readonly context: PolicyContext
}

/** Asks the policy about a revision, whether it is registered or not, unless it is yanked: then the answer is no. Throws `DEFAULT_POLICY_FAILED`. */
export async function testPolicy(deps: RegistryDeps, candidate: Sruid): Promise<PolicyTested> {
  const { head = emptyHead, revision = null } = (await deps.store.lookup(candidate, candidate.revisionTag)) ?? {}
  const { defaultTag: currentDefault, highestSemver, highestRelease } = head
  const becomesDefault = revision?.state.kind !== 'yanked' && (await decideDefault(deps, candidate, head))
  return { policy: deps.policy.name, becomesDefault, context: { currentDefault, highestSemver, highestRelease } }
}
