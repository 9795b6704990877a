/**
 * The canonical JSON of a value (RFC 8785): keys in the order of their UTF-16 code units, and no white space.
 * `JSON.stringify` already writes numbers and strings as RFC 8785 requires, and keys in the order of the object.
 */
export function canonicalJson(value: unknown): string {
  // Most objects are made with their keys in order, and are then written several times as fast.
  return isInOrder(value) ? JSON.stringify(value) : inOrder(value)
}

function isInOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isInOrder)
  let last = ''
  for (const key of Object.keys(value)) {
    if (key < last || !isInOrder(value[key as keyof typeof value])) return false
    last = key
  }
  return true
}

// An object with sorted keys would not help: JavaScript puts keys that are whole numbers first, in their own order.
function inOrder(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(inOrder).join()}]`
  const given = Object.entries(value).filter(([, each]) => each !== undefined)
  const entries = given.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${inOrder(each)}`).join()}}`
}
