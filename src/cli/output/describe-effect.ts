import type { ChangeEffect, RevisionMove } from '../../client/index.ts'
import { row } from './row.ts'

/** The number of callers that `moved` counts. */
const ALL = 100_000

/** The lines for the effect of a change: the moves, then the warnings. No lines: nothing moves. */
export function describeEffect({ defaultRevision, aliases, moved, warnings }: ChangeEffect): string[] {
  return [
    ...(defaultRevision ? row('default', describeMove(defaultRevision)) : []),
    ...aliases.flatMap(({ alias, ...move }) => row(`alias ${alias}`, describeMove(move))),
    ...(moved > 0 ? row('callers that get another revision', formatPercent(moved)) : []),
    ...warnings.flatMap((warning) => row('warning', warning)),
  ]
}

/** A move such as `1.1.0 → 2.0.0`. */
export function describeMove({ before = 'none', after = 'none' }: RevisionMove): string {
  return `${before} → ${after}`
}

/** A number of 100,000 callers as a percentage, such as `12.5 %`. */
export function formatPercent(callers: number): string {
  return `${(callers * 100) / ALL} %`
}
