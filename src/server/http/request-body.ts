import { constants } from 'node:http2'
import { quote, RegistryError } from '../../domain/errors.ts'
import { fromConnectError } from '../call/wire-errors.ts'
import type { Limits } from '../limits.ts'
import { gzip } from './gzip.ts'
import type { NodeRequest } from './node-http.ts'

/** The whole body of a request, decompressed. Throws if it is too large, or too slow. */
export async function readBody(request: NodeRequest, limits: Limits): Promise<Uint8Array> {
  const bytes = await readBounded(request, limits)
  return bytes.byteLength === 0 ? bytes : decompress(bytes, request.headers['content-encoding'], limits)
}

/** Whether a request comes with a body, as far as its headers say. */
export function hasBody(request: NodeRequest): boolean {
  const length = request.headers['content-length']
  if (length !== undefined) return length !== '0'
  return 'stream' in request ? !request.stream.endAfterHeaders : 'transfer-encoding' in request.headers
}

/**
 * The chunks of a body. Throws where it does not arrive in time. Leaving the loop early does not destroy the request:
 * on HTTP/1.1 the answer would go with it.
 */
export async function* bodyChunks(request: NodeRequest, limits: Limits): AsyncGenerator<Uint8Array> {
  const chunks = request.iterator({ destroyOnReturn: false })
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(tooSlow(limits)), limits.requestMs)
  try {
    for (;;) {
      const { done, value } = await Promise.race([chunks.next().catch(giveUp), late.promise])
      if (done) return
      yield value
    }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Reads and drops what is left of a body that was answered before its end, so that an honest sender gets to see the
 * answer; one that goes on and on is cut off.
 */
export function drain(request: NodeRequest, limits: Limits): void {
  if (request.readableEnded || request.destroyed) return
  let left: number = limits.drainBytes
  const cutOff = () => ('stream' in request ? request.stream.close(constants.NGHTTP2_CANCEL) : request.destroy())
  const timer = setTimeout(cutOff, limits.drainMs).unref()
  request.once('close', () => clearTimeout(timer))
  // An iterator that was left in the middle still has one, and nothing flows past it.
  request.removeAllListeners('readable')
  request.on('data', (chunk: Buffer) => {
    left -= chunk.byteLength
    if (left < 0) cutOff()
  })
  request.resume()
}

async function readBounded(request: NodeRequest, limits: Limits): Promise<Uint8Array> {
  const announced = Number(request.headers['content-length'])
  if (announced > limits.bodyBytes) throw tooLarge(limits, announced)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyChunks(request, limits)) {
    size += chunk.byteLength
    if (size > limits.bodyBytes) throw tooLarge(limits)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function decompress(bytes: Uint8Array, encoding = 'identity', limits: Limits): Promise<Uint8Array> {
  if (encoding === 'identity') return bytes
  if (encoding !== 'gzip') throw unsupportedEncoding(encoding)
  return gzip.decompress(bytes, limits.bodyBytes).catch((error) => {
    throw fromConnectError(error)
  })
}

function unsupportedEncoding(encoding: string): RegistryError {
  const message = `The content-encoding must be gzip or identity, not ${quote(encoding)}.`
  return new RegistryError({ reason: 'UNSUPPORTED_MEDIA_TYPE', message })
}

// In the words of the RPC library, so that every protocol says the same.
function tooLarge(limits: Limits, size?: number): RegistryError {
  const message = `message size${size === undefined ? '' : ` ${size}`} is larger than configured readMaxBytes ${limits.bodyBytes}`
  return new RegistryError({ reason: 'REQUEST_TOO_LARGE', message })
}

// What a body ends with, but its end, is its sender's doing: a connection that is cut, a stream that is reset.
function giveUp(cause: unknown): never {
  throw new RegistryError({
    reason: 'CANCELED',
    message: 'The request was not sent to its end.',
    cause,
  })
}

function tooSlow(limits: Limits): RegistryError {
  const message = `The request did not arrive within ${limits.requestMs} ms.`
  return new RegistryError({ reason: 'REQUEST_TOO_SLOW', message })
}
