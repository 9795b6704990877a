import type { Measured, Row } from './bench.ts'
import { type Target, targetOf } from './targets.ts'

/** A row may be this many times worse than its target. */
const MARGIN = 2

/**
 * A line for each row that is far from its target: below half of the least value, or above twice the greatest value. The
 * margin is for slower machines. A row that was skipped is not far from its target.
 */
export function findFallen(rows: readonly Row[], target: (name: string) => Target | undefined = targetOf): string[] {
  return rows.flatMap((row) => ('skipped' in row ? [] : toFall(row, target(row.name))))
}

function toFall({ name, ratio }: Measured, target: Target | undefined): string[] {
  if (target === undefined) return []
  const [isLeast, bound] = 'atLeast' in target ? [true, target.atLeast / MARGIN] : [false, target.atMost * MARGIN]
  // A ratio that is not a number is no success.
  if (isLeast ? ratio >= bound : ratio <= bound) return []
  return [`${name}: the ratio is ${ratio.toFixed(2)}; its floor is ${isLeast ? 'at least' : 'at most'} ${bound}`]
}
