import { gzip } from '../../http/body/gzip.ts'
import { COMPRESSED, ENVELOPE_HEAD, toEnvelope } from '../envelopes.ts'
import { COMPRESS_MIN_BYTES } from './protocol.ts'

/** Compresses the message in an envelope if it is large and the client wants that. */
export function pack(envelope: Buffer, isGzip: boolean): Buffer | Promise<Buffer> {
  if (!isGzip || envelope.length < ENVELOPE_HEAD + COMPRESS_MIN_BYTES) return envelope
  const flags = Number(envelope[0]) | COMPRESSED
  return gzip.compress(envelope.subarray(ENVELOPE_HEAD)).then((message) => toEnvelope(message, flags))
}
