import { Code, ConnectError } from '@connectrpc/connect'
import { asRequestFault, toPlainConnectError } from '../call/wire-errors.ts'
import { tooLarge } from '../http/body/body-errors.ts'
import { gzip } from '../http/body/gzip.ts'

/** The length of the head of an envelope: a byte of flags, and a length of four bytes. */
export const ENVELOPE_HEAD = 5

/** The flag of an envelope whose message is compressed. */
export const COMPRESSED = 1

/** Puts a message into an envelope. */
export function toEnvelope(message: Uint8Array, flags = 0): Buffer {
  const envelope = Buffer.allocUnsafe(ENVELOPE_HEAD + message.byteLength)
  envelope[0] = flags
  envelope.writeUInt32BE(message.byteLength, 1)
  envelope.set(message, ENVELOPE_HEAD)
  return envelope
}

/** The length of an envelope by its head. Throws `ResourceExhausted` if its message has more than `maxBytes` bytes. */
export function readLength(head: Buffer, maxBytes: number): number {
  const length = head.readUInt32BE(1)
  if (length > maxBytes) throw toPlainConnectError(tooLarge(maxBytes, length))
  return ENVELOPE_HEAD + length
}

/**
 * Takes the message out of an envelope, and decompresses it. `compression` is the one that the headers name. Throws a
 * `ConnectError` if that is not possible.
 */
export function openEnvelope(
  envelope: Buffer,
  compression: string | undefined,
  maxBytes: number,
): Uint8Array | Promise<Uint8Array> {
  const message = envelope.subarray(ENVELOPE_HEAD)
  if (envelope[0] === 0) return message
  if (!isMessage(envelope)) throw unknownFlags(envelope)
  if (compression !== 'gzip') throw unnamedCompression()
  return gzip.decompress(message, maxBytes)
}

/** Whether an envelope contains a message. Other flags mark the end of a stream. */
export function isMessage(envelope: Buffer): boolean {
  return envelope[0] === 0 || envelope[0] === COMPRESSED
}

/** The error for an envelope that is not a message. Only answers have such envelopes, which end a stream. */
export function unknownFlags(envelope: Buffer): ConnectError {
  const message = `a message has the flags ${envelope[0]}; use 0, or 1 for a compressed message.`
  return new ConnectError(message, Code.InvalidArgument)
}

// The specification of gRPC asks for this code.
function unnamedCompression(): ConnectError {
  const message =
    'a message is compressed, but no header names its compression; name it, or send the message uncompressed.'
  return asRequestFault(new ConnectError(message, Code.Internal))
}

/** The error for a body that ends within an envelope. */
export function incomplete(): ConnectError {
  const message = 'the last message of the request is incomplete; send as many bytes as its length says.'
  return new ConnectError(message, Code.InvalidArgument)
}

/** The error for a body of a method that accepts one message. The specifications of gRPC and Connect ask for this code. */
export function notOne(count: 'no message' | 'more than one message'): ConnectError {
  return new ConnectError(`the request has ${count}; send one message.`, Code.Unimplemented)
}
