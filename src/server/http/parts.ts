import type { Writable } from 'node:stream'

/**
 * The size of the parts in which a large answer is written over HTTP/2, in bytes. A stream does not tell how much of a
 * part its client has read, only that the next part may follow. It tells this for parts of at least this size.
 */
export const PART_BYTES = 64 * 1024

/** Ends an answer over HTTP/2 with a body. A large one is written in parts. */
export function endInParts(response: Writable, body: Uint8Array | string): void {
  if (body.length <= PART_BYTES) return void response.end(body)
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  response.write(bytes.subarray(0, PART_BYTES), (error?: Error | null) => {
    if (!error) endInParts(response, bytes.subarray(PART_BYTES))
  })
}
