/** The owner of the buckets that no candidate has. Candidates are owners from 1. */
export const DEFAULT_OWNER = 0

/** Neighbouring buckets with the same owner: those from `from` to the one before `to`. */
export interface Run {
  readonly owner: number
  readonly from: number
  readonly to: number
}

/** The number of buckets of a run. */
export function sizeOf({ from, to }: Run): number {
  return to - from
}

/** Adds a run at the end of `runs`. It becomes part of the last one if that has the same owner. An empty run is left out. */
export function pushRun(runs: Run[], run: Run): void {
  const last = runs.at(-1)
  if (run.from === run.to) return
  if (last?.owner === run.owner) runs[runs.length - 1] = { ...last, to: run.to }
  else runs.push(run)
}

/** The number of runs that candidates own. */
export function countRanges(runs: readonly Run[]): number {
  return runs.reduce((count, { owner }) => (owner === DEFAULT_OWNER ? count : count + 1), 0)
}

/**
 * Calls `visit` with each part of the line in which both divisions have one owner, in ascending order. Both must cover the
 * same buckets.
 */
export function sweep<A extends Range, B extends Range>(
  before: readonly A[],
  after: readonly B[],
  visit: (before: A, after: B, size: number) => void,
): void {
  let index = 0
  for (const a of before) {
    for (let b = after[index]; b !== undefined && b.from < a.to; b = after[++index]) {
      visit(a, b, Math.min(a.to, b.to) - Math.max(a.from, b.from))
      if (b.to > a.to) break
    }
  }
}

type Range = Pick<Run, 'from' | 'to'>
