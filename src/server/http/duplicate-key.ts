/** The strings of valid JSON, and the characters around keys. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}:]/g

/**
 * The first key that an object of this JSON has twice; undefined if there is none. `JSON.parse` would keep the last value
 * and drop the others. The text must be valid JSON.
 */
export function findDuplicateKey(text: string): string | undefined {
  const open: Set<string>[] = []
  let last = ''
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (token === ':') {
      const [keys, key] = [open.at(-1), JSON.parse(last) as string]
      if (keys?.has(key)) return key
      keys?.add(key)
    } else last = token
  }
  return undefined
}
