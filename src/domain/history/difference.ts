import type { Difference } from './change.ts'

/** The difference between two values, as a list, which is empty if they are the same. */
export function difference(field: string, before: string | null, after: string | null): readonly Difference[] {
  return before === after ? [] : [{ field, before, after }]
}

/**
 * The differences between the values of two maps, in the order of the names. `prefix` begins the name of each field, such
 * as `aliases.`.
 */
export function differencesByName(
  prefix: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly Difference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((name) => difference(prefix + name, before.get(name) ?? null, after.get(name) ?? null))
}
