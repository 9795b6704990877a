import type { RolloutCandidate, ServiceRollout } from '../../client/index.ts'
import { formatPercent } from './describe-effect.ts'
import { row } from './row.ts'

/** The lines for a rollout: the candidates and the default with their shares of the callers, then its other properties. */
export function describeRollout(service: string, rollout: ServiceRollout): string[] {
  const { candidates, salt, reason, startTime, updateTime } = rollout
  const rest = candidates.reduce((left, { weight }) => left - weight, 100_000)
  return [
    `${service}: the rollout of ${candidates.map(({ revisionTag }) => revisionTag).join(', ')}`,
    ...[
      ...candidates.flatMap((candidate) => row(candidate.revisionTag, describeShare(candidate))),
      ...row('the default', formatPercent(rest)),
      ...row('reason', reason),
      ...row('begun', startTime?.toISOString()),
      ...row('changed', updateTime?.toISOString()),
      ...row('salt', salt),
    ].map((line) => `  ${line}`),
  ]
}

function describeShare({ weight, held, pinnedKeys }: RolloutCandidate): string {
  const pinned = pinnedKeys.length > 0 ? `, and always ${pinnedKeys.join(', ')}` : ''
  const state = held ? '; it is yanked, so its callers get the default' : ''
  return `${formatPercent(weight)}${pinned}${state}`
}
