import { ENVELOPE_HEAD, incomplete, isMessage, notOne, readLength } from '../envelopes.ts'

/**
 * Splits the body of an enveloped protocol into its envelopes. Each of them contains one message. Throws
 * `ResourceExhausted` if a message has more than `maxBytes` bytes, and `InvalidArgument` if the last one is incomplete.
 */
export async function* splitEnvelopes(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let [size, needed] = [0, ENVELOPE_HEAD]
  for await (const chunk of chunks) {
    held.push(chunk)
    size += chunk.byteLength
    while (size >= needed) {
      const bytes = join(held)
      needed = readLength(bytes, maxBytes)
      held = [bytes]
      if (size < needed) break
      yield bytes.subarray(0, needed)
      held = [bytes.subarray(needed)]
      size -= needed
      needed = ENVELOPE_HEAD
    }
  }
  if (size > 0) throw incomplete()
}

/** Passes on the envelopes of a method that accepts one message. Throws `Unimplemented` if there is not exactly one. */
export async function* requireOne(envelopes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let count = 0
  for await (const envelope of envelopes) {
    if (isMessage(envelope) && ++count > 1) throw notOne('more than one message')
    yield envelope
  }
  if (count === 0) throw notOne('no message')
}

// One chunk is not copied. Otherwise, a chunk with many small envelopes would be copied once for each of them.
function join(chunks: readonly Uint8Array[]): Buffer {
  const [first] = chunks
  if (chunks.length !== 1 || first === undefined) return Buffer.concat(chunks)
  return Buffer.from(first.buffer, first.byteOffset, first.byteLength)
}
