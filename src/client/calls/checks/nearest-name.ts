/** How many changes a name may be away from another one to be taken for a slip of the pen. */
const MAX_DISTANCE = 3

/** The known name that is most like the given one; undefined if none is like it. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((each) => ({ each, distance: distanceBetween(name.toLowerCase(), each.toLowerCase()) }))
  const [best] = ranked.toSorted((a, b) => a.distance - b.distance)
  if (best === undefined || best.distance > Math.min(MAX_DISTANCE, best.each.length / 2)) return undefined
  return best.each
}

/** The number of characters to insert, to remove or to replace (Levenshtein). */
function distanceBetween(a: string, b: string): number {
  // What is much longer is too far away, whatever it is.
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return Number.POSITIVE_INFINITY
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (b[j - 1] === letter ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
