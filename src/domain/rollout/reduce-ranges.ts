import { countRanges, pushRun, type Run, sizeOf } from './runs.ts'

/** A division of the buckets before and after a change, and the most ranges that candidates may have afterwards. */
export interface Division {
  readonly before: readonly Run[]
  readonly after: readonly Run[]
  readonly most: number
}

/** Returns a division in which each owner has as many buckets as in `after`, and the candidates have at most `most` ranges. */
export function reduceRanges({ after, most }: Division): readonly Run[] {
  return countRanges(after) <= most ? after : inOneRangeEach(after)
}

function inOneRangeEach(runs: readonly Run[]): readonly Run[] {
  const united: Run[] = []
  // The default comes last, as after the first change of a rollout.
  for (const run of [...runs].sort((a, b) => (a.owner || Number.MAX_VALUE) - (b.owner || Number.MAX_VALUE))) {
    const from = united.at(-1)?.to ?? 0
    pushRun(united, { owner: run.owner, from, to: from + sizeOf(run) })
  }
  return united
}
