import { Range } from 'semver'

// The rules of Semantic Versioning 2.0.0, section 11, word for word and with numbers of any size. The order of versions
// and the ranges of the registry are compared with this.

const VERSION = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?$/

interface Version {
  readonly core: readonly bigint[]
  readonly prerelease: readonly (bigint | string)[]
}

function parseVersion(text: string): Version {
  const [, major, minor, patch, prerelease] = VERSION.exec(text) ?? []
  if (major === undefined || minor === undefined || patch === undefined) throw new Error(`${text} is not a version`)
  return {
    core: [BigInt(major), BigInt(minor), BigInt(patch)],
    prerelease: (prerelease?.split('.') ?? []).map((each) => (/^\d+$/.test(each) ? BigInt(each) : each)),
  }
}

/** Compares two versions. Negative: the first is below the other. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parseVersion(one), parseVersion(other)]
  const [isReleaseA, isReleaseB] = [a.prerelease.length === 0, b.prerelease.length === 0]
  const core = compareLists(a.core, b.core)
  if (core !== 0 || (isReleaseA && isReleaseB)) return core
  if (isReleaseA || isReleaseB) return isReleaseA ? 1 : -1
  return compareLists(a.prerelease, b.prerelease)
}

function compareLists(a: readonly (bigint | string)[], b: readonly (bigint | string)[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    if (typeof one !== typeof other) return typeof one === 'bigint' ? -1 : 1
    if (one !== other) return one < other ? -1 : 1
  }
  return a.length - b.length
}

/** Whether a range contains a version. The `semver` package takes the range apart, and compares nothing. */
export function isInRange(version: string, range: string, includePrerelease = false): boolean {
  return new Range(range, { includePrerelease }).set.some((comparators) => {
    const bounds = comparators.flatMap(({ operator, semver }) =>
      typeof semver === 'object' ? [{ operator, bound: semver.version }] : [],
    )
    const isNamed = (bound: string) => bound.includes('-') && coreOf(bound) === coreOf(version)
    const isAllowed = includePrerelease || !version.includes('-') || bounds.some(({ bound }) => isNamed(bound))
    return isAllowed && bounds.every(({ operator, bound }) => holds(operator, compareVersions(version, bound)))
  })
}

function coreOf(version: string): string {
  return version.replace(/^v/, '').replace(/-.*$/, '')
}

function holds(operator: string, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    default:
      return order === 0
  }
}
