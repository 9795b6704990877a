/** The size of JSON in values. */
export interface JsonSize {
  /** The number of values, without the keys of objects. */
  readonly values: number
  /** The number of levels of lists and objects. */
  readonly depth: number
}

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\:,[]{}')
const SPACE = 0x20

/**
 * Measures the bytes of JSON in one pass, which ends once it has found more than `most` values. For bytes that are not
 * valid JSON, the numbers mean little.
 */
export function measureJson(bytes: Uint8Array, most: number): JsonSize {
  let [values, depth, deepest, isInWord] = [0, 0, 0, false]
  // A key counts as a value until its colon is found.
  for (let index = 0; index < bytes.length && values <= most + 1; index++) {
    // In UTF-8, none of the bytes below is a part of another character.
    const byte = bytes[index] as number
    if (byte === QUOTE) {
      index = endOfString(bytes, index)
      values++
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      deepest = Math.max(deepest, ++depth)
      values++
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--
    // The string before a colon was a key.
    else if (byte === COLON) values--
    else if (byte > SPACE && byte !== COMMA) {
      if (!isInWord) values++
      isInWord = true
      continue
    }
    isInWord = false
  }
  return { values, depth: deepest }
}

function endOfString(bytes: Uint8Array, start: number): number {
  let index = start + 1
  while (index < bytes.length && bytes[index] !== QUOTE) index += bytes[index] === BACKSLASH ? 2 : 1
  return index
}
