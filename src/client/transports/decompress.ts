import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Code, ConnectError } from '@connectrpc/connect'
import { tooLarge } from './connect-codec.ts'
import type { IncomingAnswer } from './exchange.ts'

const gunzipAsync = promisify(gunzip)

/** The same answer, without the compression of its body. Rejects if the compression is another one than gzip. */
export async function decompress(answer: IncomingAnswer, encoding: string, maxBytes: number): Promise<IncomingAnswer> {
  if (encoding === 'identity') return answer
  if (encoding !== 'gzip') throw new ConnectError(`its compression is ${JSON.stringify(encoding)}`, Code.Internal)
  // An error without a body may also name the compression.
  if (answer.body.length === 0) return answer
  try {
    return { ...answer, body: await gunzipAsync(answer.body, { maxOutputLength: maxBytes }) }
  } catch (cause) {
    const isTooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE'
    throw isTooLarge
      ? tooLarge(maxBytes)
      : new ConnectError('the answer cannot be decompressed', Code.Internal, undefined, undefined, cause)
  }
}
