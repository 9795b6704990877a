import type { UniversalServerResponse } from '@connectrpc/connect/protocol'

/**
 * The size of the parts in which a large answer is written over HTTP/2, in bytes. A stream does not tell how much of a
 * part its client has read, only that the next part may follow. It tells this for parts of at least this size.
 */
export const PART_BYTES = 64 * 1024

/** The same response, with the large chunks of its body in parts. */
export function withParts(response: UniversalServerResponse): UniversalServerResponse {
  const { body } = response
  return body === undefined ? response : { ...response, body: inParts(body) }
}

async function* inParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at === 0 || at < chunk.byteLength; at += PART_BYTES) yield chunk.subarray(at, at + PART_BYTES)
  }
}
