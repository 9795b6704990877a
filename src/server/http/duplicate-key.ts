/**
 * The first key that an object of this JSON has twice; undefined if there is none. `JSON.parse` would keep the last value
 * and drop the others. The text must be valid JSON. A pattern would overflow the stack for a long string.
 */
export function findDuplicateKey(text: string): string | undefined {
  const open: Set<string>[] = []
  let [start, end] = [0, 0]
  for (let index = 0; index < text.length; index++) {
    const char = text[index]
    if (char === '"') {
      start = index
      index = endOfString(text, index)
      end = index + 1
    } else if (char === '{') open.push(new Set())
    else if (char === '}') open.pop()
    else if (char === ':') {
      // The string before a colon is a key.
      const keys = open.at(-1)
      const key = unescaped(text.slice(start + 1, end - 1))
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}

function unescaped(key: string): string {
  return key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key
}

function endOfString(text: string, start: number): number {
  let index = start + 1
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1
  return index
}
