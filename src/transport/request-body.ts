import { constants } from 'node:http2'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { quote, RegistryError } from '../domain/errors.ts'
import { limits } from './limits.ts'
import type { NodeRequest } from './node-http.ts'

const unzip = promisify(gunzip)

/** The body of a JSON request, decompressed. Throws where it is too large, or isn't JSON by its own account. */
export async function readJsonBody(request: NodeRequest): Promise<Uint8Array> {
  const bytes = await readBounded(request)
  if (bytes.byteLength === 0) return bytes
  requireJson(request.headers['content-type'])
  return decompress(bytes, request.headers['content-encoding'])
}

/** The chunks of a body. Leaving the loop early does not destroy the request: on HTTP/1.1 the answer would go with it. */
export function bodyChunks(request: NodeRequest): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) }
}

/**
 * Reads and drops what is left of a body that was answered before its end, so that an honest sender gets to see the
 * answer; one that goes on and on is cut off.
 */
export function drain(request: NodeRequest): void {
  if (request.readableEnded || request.destroyed) return
  let left: number = limits.drainBytes
  request.on('data', (chunk: Buffer) => {
    left -= chunk.byteLength
    if (left >= 0) return
    if ('stream' in request) request.stream.close(constants.NGHTTP2_CANCEL)
    else request.destroy()
  })
  request.resume()
}

async function readBounded(request: NodeRequest): Promise<Uint8Array> {
  if (Number(request.headers['content-length']) > limits.bodyBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyChunks(request)) {
    size += chunk.byteLength
    if (size > limits.bodyBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function requireJson(contentType = ''): void {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType === 'application/json') return
  throw unsupported(`The content-type must be application/json, not ${quote(contentType)}.`)
}

async function decompress(bytes: Uint8Array, encoding = 'identity'): Promise<Uint8Array> {
  if (encoding === 'identity') return bytes
  if (encoding !== 'gzip') throw unsupported(`The content-encoding must be gzip or identity, not ${quote(encoding)}.`)
  try {
    return await unzip(bytes, { maxOutputLength: limits.bodyBytes })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge()
    const message = 'The request body is not valid gzip.'
    throw new RegistryError({ code: 'invalid_argument', reason: 'INVALID_REQUEST', message, cause: error })
  }
}

function unsupported(message: string): RegistryError {
  return new RegistryError({ code: 'invalid_argument', reason: 'UNSUPPORTED_MEDIA_TYPE', message })
}

function tooLarge(): RegistryError {
  const message = `The request body is larger than ${limits.bodyBytes} bytes.`
  return new RegistryError({ code: 'resource_exhausted', reason: 'REQUEST_TOO_LARGE', message })
}
