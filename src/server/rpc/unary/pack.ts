import { gzip } from '../../http/body/gzip.ts'
import { COMPRESSED, ENVELOPE_HEAD, toEnvelope } from '../envelopes.ts'
import type { Payload } from '../message.ts'
import { COMPRESS_MIN_BYTES } from './protocol.ts'

/** Puts a message into an envelope, compressed if it is large and the client wants that. */
export function pack(payload: Payload, isGzip: boolean): Buffer | Promise<Buffer> {
  const envelope = typeof payload === 'string' ? toEnvelope(Buffer.from(payload)) : payload
  if (!isGzip || envelope.length < ENVELOPE_HEAD + COMPRESS_MIN_BYTES) return envelope
  const flags = Number(envelope[0]) | COMPRESSED
  return gzip.compress(envelope.subarray(ENVELOPE_HEAD)).then((message) => toEnvelope(message, flags))
}
