// A name that differs in a larger share of its letters is another word, not a typing error.
const MAX_SHARE = 0.5

/** Finds the name that the writer of a text probably meant. Undefined: no name is near. */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  const [nearest] = names
    .map((name) => ({ name, distance: editDistance(text.slice(0, 64).toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= name.length * MAX_SHARE)
    .sort((a, b) => a.distance - b.distance)
  return nearest?.name
}

/**
 * The number of letters to add, remove or replace, and of neighbors to swap, to turn one text into the other. This is the
 * optimal string alignment distance.
 */
function editDistance(from: string, to: string): number {
  let before: readonly number[] = []
  let previous: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(previous, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1)
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      const swapped = isSwapped ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY
      current.push(Math.min(replaced, swapped, at(previous, column) + 1, at(current, column - 1) + 1))
    }
    before = previous
    previous = current
  }
  return at(previous, to.length)
}

function at(distances: readonly number[], index: number): number {
  return distances[index] ?? Number.POSITIVE_INFINITY
}
