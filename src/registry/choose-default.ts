import type { Revision, Snapshot } from '../domain/log.ts'
import { isChoosable } from '../domain/revision-state.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import { decideDefault } from './decide-default.ts'
import type { RegistryDeps } from './deps.ts'

/** How many revisions the policy is asked about. Those that the built-in policies could choose come first. */
const MAX_CANDIDATES = 100

/**
 * The revision that the policy would make the default of a service without one: the first, from the highest version down,
 * that it says yes to; null: none of the first hundred. `gone` is not asked about. Throws `DEFAULT_POLICY_FAILED`.
 */
export async function chooseDefault(
  deps: RegistryDeps,
  { head, generation }: Snapshot,
  gone: Revision,
): Promise<RevisionTag | null> {
  const { namespace, name } = gone
  const limit = MAX_CANDIDATES
  const page = await deps.store.readRevisions(gone, { order: 'version', limit, generation })
  const highest = [head.highestSemver, head.highestRelease].filter((tag) => tag !== null)
  const others = (page?.revisions ?? []).filter(({ state }) => isChoosable(state)).map(({ revisionTag }) => revisionTag)
  for (const revisionTag of new Set([...highest, ...others])) {
    if (revisionTag === gone.revisionTag) continue
    if (await decideDefault(deps, { namespace, name, revisionTag }, head)) return revisionTag
  }
  return null
}
