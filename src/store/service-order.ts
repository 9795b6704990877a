// Services are ordered by their text, `namespace/name`. No character of a name is below `-` or above `z`.

/** The least text that is above the service `after` and not below `prefix`. */
export function firstBehind(prefix: string, after: string): string {
  const behind = after === '' ? '' : `${after} `
  return behind > prefix ? behind : prefix
}

/** A text above every service that begins with the prefix, and below every later service. */
export function abovePrefix(prefix: string): string {
  return `${prefix}~`
}

/** The text that every service of the namespace begins with, and no other one. */
export function prefixOf(namespace: string): string {
  return `${namespace}/`
}

/** A text above every service of the namespace. The character `0` comes directly after `/`. */
export function aboveNamespace(namespace: string): string {
  return `${namespace}0`
}
