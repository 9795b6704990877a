import { text } from 'node:stream/consumers'
import { openInput } from './input-file.ts'
import { quoteValue, UsageError } from './usage-error.ts'

/** Reads the JSON object in the file that an option names, or in standard input for `-`. */
export async function readJsonObject(file: string, flag: string): Promise<Readonly<Record<string, unknown>>> {
  const value = parse(await text(openInput(file).chunks))
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new UsageError(`${flag} ${quoteValue(file)} has no JSON object; use a file such as {"iss": "https://…"}.`, flag)
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}
