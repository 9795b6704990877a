import type { ServicePattern } from '../../domain/access/access-control.ts'

/**
 * Services that follow each other in the order of their text, `namespace/name`: one service, or all that begin with a
 * text.
 */
export interface ServiceRange {
  /** The text of the service, or the text that the services begin with. */
  readonly text: string
  readonly isOne: boolean
}

/**
 * The services of the patterns that begin with a prefix, as ranges in the order of the store. No service is in two of
 * them.
 */
export function toRanges(patterns: readonly ServicePattern[], prefix: string): readonly ServiceRange[] {
  const whole = new Set(patterns.flatMap(({ namespace, name }) => (name === undefined ? [namespace] : [])))
  const single = patterns.filter(({ namespace, name }) => name !== undefined && !whole.has(namespace))
  const ranges = [
    ...[...whole].flatMap((namespace) => withPrefix(`${namespace}/`, prefix)),
    ...[...new Set(single.map(({ namespace, name }) => `${namespace}/${name}`))]
      .filter((text) => text.startsWith(prefix))
      .map((text) => ({ text, isOne: true })),
  ]
  // The text with the slash decides: `my-org-2/` comes before `my-org/`.
  return ranges.sort((one, other) => (one.text < other.text ? -1 : 1))
}

/** The text behind every service of a range, and before every service of the next range. */
export function endOf({ text, isOne }: ServiceRange): string {
  // No character of a name is above `z`.
  return isOne ? text : `${text}~`
}

// All of a namespace begins with the prefix, or only some of it, or nothing.
function withPrefix(namespace: string, prefix: string): ServiceRange[] {
  if (namespace.startsWith(prefix)) return [{ text: namespace, isOne: false }]
  return prefix.startsWith(namespace) ? [{ text: prefix, isOne: false }] : []
}
