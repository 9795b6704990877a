import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose'

/** The largest answer with keys, in bytes. */
const MOST_BYTES = 1024 * 1024

/** How long to wait for the keys, in milliseconds. */
const FETCH_MS = 5_000

/** The function that reads the keys. `fetch` is one. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Reads the keys at a URL. Rejects if the answer is late, too large, or has no keys. */
export async function readKeys(url: string, fetch: Fetch): Promise<LocalJWKSet> {
  // Another place might have keys of somebody else.
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) })
  if (!response.ok) throw new Error(`the answer has the status ${response.status}`)
  return createLocalJWKSet(requireKeys(JSON.parse(await readText(response))))
}

function requireKeys(keys: JSONWebKeySet): JSONWebKeySet {
  if (Array.isArray(keys?.keys) && keys.keys.length > 0) return keys
  throw new Error('the answer has no keys')
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  // Not every browser can iterate over a stream.
  const reader = response.body?.getReader()
  let text = ''
  let bytes = 0
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    bytes += part.value.length
    if (bytes > MOST_BYTES) {
      await reader?.cancel()
      throw new Error(`the answer has more than ${MOST_BYTES} bytes`)
    }
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}
