import { Code, ConnectError } from '@connectrpc/connect'
import { toPlainConnectError } from '../call/wire-errors.ts'
import { tooLarge } from '../http/body/read-body.ts'

/** The length of the head of an envelope: a byte of flags, and a length of four bytes. */
export const ENVELOPE_HEAD = 5

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
      needed = ENVELOPE_HEAD + bytes.readUInt32BE(1)
      if (needed > ENVELOPE_HEAD + maxBytes) throw toPlainConnectError(tooLarge(maxBytes, needed - ENVELOPE_HEAD))
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

/** Puts a message that is not compressed into an envelope. */
export function toEnvelope(message: Uint8Array): Buffer {
  const head = Buffer.alloc(ENVELOPE_HEAD)
  head.writeUInt32BE(message.byteLength, 1)
  return Buffer.concat([head, message])
}

/** Whether an envelope contains a message. Other flags mark the end of a stream. */
export function isMessage(envelope: Buffer): boolean {
  return envelope[0] === 0 || isCompressed(envelope)
}

/** Whether an envelope contains a compressed message. */
export function isCompressed(envelope: Buffer): boolean {
  return envelope[0] === 1
}

// One chunk is not copied. Otherwise, a chunk with many small envelopes would be copied once for each of them.
function join(chunks: readonly Uint8Array[]): Buffer {
  const [first] = chunks
  if (chunks.length !== 1 || first === undefined) return Buffer.concat(chunks)
  return Buffer.from(first.buffer, first.byteOffset, first.byteLength)
}

function incomplete(): ConnectError {
  const message = 'the last message of the request is incomplete; send as many bytes as its length says.'
  return new ConnectError(message, Code.InvalidArgument)
}

// The specifications of gRPC and Connect ask for this code.
function notOne(count: string): ConnectError {
  return new ConnectError(`the request has ${count}; send one message.`, Code.Unimplemented)
}
