// Services are in the order of their text, `namespace/name`. No character of a name is below `-` or above `z`.

/** The least text that is above `after` and not below `prefix`. */
export function firstBehind(prefix: string, after: string): string {
  const behind = after === '' ? '' : `${after} `
  return behind > prefix ? behind : prefix
}

/** What is above every service that begins with the prefix, and below all others that are above these. */
export function abovePrefix(prefix: string): string {
  return `${prefix}~`
}

/** What is above every service of the namespace: `0` comes behind `/`. */
export function aboveNamespace(namespace: string): string {
  return `${namespace}0`
}
