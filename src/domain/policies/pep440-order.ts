import { compare, valid } from '@renovatebot/pep440'

/** Whether the tag is a version by PEP 440, the rules of Python packages, such as `1.0`, `v1.2.0` or `0.1.0rc1`. */
export function isPep440(tag: string): boolean {
  return valid(tag) !== null
}

/**
 * Compares two tags as Python's `packaging.version` does. The result is negative if `a` comes before `b`, and zero if they
 * are equal, such as `1.0` and `1.0.0`. Tags that are no versions are equal to each other, and come before all versions.
 */
export function comparePep440(a: string, b: string): number {
  const [isVersionA, isVersionB] = [isPep440(a), isPep440(b)]
  if (!isVersionA || !isVersionB) return Number(isVersionA) - Number(isVersionB)
  return hasLargeNumber(a) || hasLargeNumber(b) ? compareByRanks(a, b) : compare(a, b)
}

// The package rounds numbers above 2^53, which has 16 digits.
function hasLargeNumber(tag: string): boolean {
  return /\d{16}/.test(tag)
}

// The order of two versions depends only on the order of their numbers, and on which of them are 0.
function compareByRanks(a: string, b: string): number {
  const numbers = [...`${a} ${b}`.matchAll(/\d+/g)].map(([digits]) => BigInt(digits))
  const sorted = [...new Set([0n, ...numbers])].sort((x, y) => (x < y ? -1 : 1))
  const rankOf = new Map(sorted.map((number, rank) => [number, rank]))
  const toRanks = (tag: string) => tag.replace(/\d+/g, (digits) => `${rankOf.get(BigInt(digits))}`)
  return compare(toRanks(a), toRanks(b))
}
