/** The owner of the buckets that no candidate has. Candidates are owners from 1. */
export const DEFAULT_OWNER = 0

/** The owner of buckets that were given up. */
export const NOBODY = -1

/** Neighbouring buckets with the same owner: those from `from` to the one before `to`. */
export interface Run {
  readonly owner: number
  readonly from: number
  readonly to: number
}

/** The number of buckets of a run. */
export function sizeOf({ from, to }: Pick<Run, 'from' | 'to'>): number {
  return to - from
}

/** Returns the same division with as few runs as possible: none is empty, and neighbours have different owners. */
export function merge(runs: readonly Run[]): Run[] {
  const merged: Run[] = []
  for (const run of runs) {
    const last = merged.at(-1)
    if (run.from === run.to) continue
    if (last?.owner === run.owner) merged[merged.length - 1] = { owner: last.owner, from: last.from, to: run.to }
    else merged.push(run)
  }
  return merged
}

/** The number of runs that candidates own. */
export function countRanges(runs: readonly Run[]): number {
  return runs.reduce((count, { owner }) => (owner === DEFAULT_OWNER ? count : count + 1), 0)
}

/** The number of buckets whose owner differs between two divisions of the same buckets. */
export function countMoved(before: readonly Run[], after: readonly Run[]): number {
  let moved = 0
  sweep(before, after, (a, b, size) => {
    if (a.owner !== b.owner) moved += size
  })
  return moved
}

/**
 * Calls `visit` with each pair of overlapping parts of two divisions of the same buckets, in ascending order, and with the
 * number of buckets that both have.
 */
export function sweep<A extends Pick<Run, 'from' | 'to'>, B extends Pick<Run, 'from' | 'to'>>(
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
