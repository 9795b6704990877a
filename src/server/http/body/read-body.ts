import { fromConnectError } from '../../call/wire-errors.ts'
import type { Limits } from '../../limits.ts'
import type { Exchange } from '../exchange.ts'
import { tooLarge, unsupportedEncoding } from './body-errors.ts'
import { BodyReader, type BodyRules, type Decode } from './body-reader.ts'
import { gzip } from './gzip.ts'

/**
 * Reads the whole body of a request, and decodes it. Rejects if it breaks a rule, does not arrive in time, or is cut off, or
 * with the error of `decode`. Another step of a promise would cost more than the decoding.
 */
export function readBodyAs<T>(
  exchange: Exchange,
  limits: Limits,
  decode: Decode<T>,
  rules: BodyRules | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const reading = { exchange, limits, rules, decode, resolve, reject }
    new BodyReader(reading).begin(reading)
  })
}

/** Reads and decompresses the whole body of a request. Rejects as `readBodyAs` does. */
export async function readPlainBody(exchange: Exchange, limits: Limits): Promise<Uint8Array> {
  const announced = Number(exchange.headers['content-length'])
  if (announced > limits.bodyBytes) throw tooLarge(limits.bodyBytes, announced)
  const bytes = await readBodyAs(exchange, limits, (body) => body, undefined)
  return bytes.byteLength === 0 ? bytes : decompress(bytes, exchange.headers['content-encoding'], limits)
}

async function decompress(bytes: Uint8Array, encoding = 'identity', limits: Limits): Promise<Uint8Array> {
  if (encoding === 'identity') return bytes
  if (encoding !== 'gzip') throw unsupportedEncoding(encoding)
  return gzip.decompress(bytes, limits.bodyBytes).catch((error) => {
    throw fromConnectError(error)
  })
}
