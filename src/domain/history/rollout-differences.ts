import type { Candidate, Rollout } from '../rollout/rollout.ts'
import type { Difference } from './change.ts'
import { difference } from './difference.ts'

/** The differences between two rollouts. Null: none runs. Only the salt and the shares count. */
export function rolloutDifferences(before: Rollout | null, after: Rollout | null): readonly Difference[] {
  if (before === after) return []
  const tags = new Set([...tagsOf(before), ...tagsOf(after)])
  const candidates = [...tags].flatMap((tag) => {
    const [old, next] = [find(before, tag), find(after, tag)]
    return difference(`rollout.${tag}`, old && shareOf(old), next && shareOf(next, old))
  })
  // Every salt is new where no rollout ran.
  const isRestarted = before !== null && after !== null
  return [...candidates, ...(isRestarted ? difference('rollout_salt', before.salt, after.salt) : [])]
}

function tagsOf(rollout: Rollout | null): readonly string[] {
  return rollout === null ? [] : rollout.candidates.map(({ tag }) => tag)
}

function find(rollout: Rollout | null, tag: string): Candidate | null {
  return rollout?.candidates.find((candidate) => candidate.tag === tag) ?? null
}

// Pinned keys may name people, so only their number is told.
function shareOf({ weight, pinnedKeys, isHeld }: Candidate, before: Candidate | null = null): string {
  const count = pinnedKeys.length
  const isOther = before?.pinnedKeys.length === count && pinnedKeys.some((key) => !before.pinnedKeys.includes(key))
  const keys = `${count}${isOther ? ' other' : ''} pinned ${count === 1 ? 'key' : 'keys'}`
  const share = `${weight / 1_000} %${count === 0 ? '' : ` and ${keys}`}`
  return isHeld ? `${share} (held)` : share
}
