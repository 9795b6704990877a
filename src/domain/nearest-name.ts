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

/** The number of letters to add, remove or replace to turn one text into the other (the Levenshtein distance). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(previous, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, at(previous, column) + 1, at(current, column - 1) + 1))
    }
    previous = current
  }
  return at(previous, to.length)
}

function at(distances: readonly number[], index: number): number {
  return distances[index] ?? Number.POSITIVE_INFINITY
}
