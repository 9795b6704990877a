import type { Alias } from '../domain/alias.ts'
import { quote } from '../domain/errors.ts'
import type { Lifecycle } from '../domain/lifecycle.ts'
import type { CheckedHead, FindLifecycle } from './checked-head.ts'
import type { ProblemCode } from './problems.ts'
import { rolloutProblems } from './rollout-problems.ts'

/** The problems with the default, the aliases and the rollout of a head, as far as its entry can have caused them. */
export function* headProblems(checked: CheckedHead, find: FindLifecycle): Generator<readonly [ProblemCode, string]> {
  const { before, head, tag } = checked
  const { defaultTag } = head
  if (defaultTag !== null && (defaultTag === tag || defaultTag !== before?.defaultTag)) {
    const problem = problemOf(find(defaultTag), checked.mayBeYanked)
    if (problem !== undefined) yield ['WRONG_DEFAULT', `the default is ${quote(defaultTag)}, which ${problem}.`]
  }
  const known = new Map(before?.aliases.map((alias) => [alias.name, alias]))
  for (const alias of head.aliases) {
    if (alias.tag === null || (alias.tag !== tag && isSame(alias, known.get(alias.name)))) continue
    const problem = problemOf(find(alias.tag), true)
    const where = `alias ${quote(alias.name)} points to ${quote(alias.tag)}`
    if (problem !== undefined) yield ['WRONG_ALIAS', `${where}, which ${problem}.`]
  }
  for (const problem of rolloutProblems(checked, find)) yield ['WRONG_ROLLOUT', problem]
}

function isSame(alias: Alias, before: Alias | undefined): boolean {
  return alias === before || (alias.tag === before?.tag && alias.etag === before.etag)
}

function problemOf(lifecycle: Lifecycle | null | undefined, mayBeYanked: boolean): string | undefined {
  if (lifecycle === undefined) return undefined
  if (lifecycle === null) return 'does not exist'
  if (lifecycle.isDeleted) return 'is deleted'
  return lifecycle.yank === null || mayBeYanked ? undefined : 'is yanked'
}
