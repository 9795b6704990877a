import type { DescMethod } from '@bufbuild/protobuf'
import { base64Decode } from '@bufbuild/protobuf/wire'
import type { HandlerContext } from '@connectrpc/connect'
import { RegistryError } from '../domain/errors.ts'
import { toConnectError } from './errors.ts'
import { decodeJson, invalidRequest } from './json.ts'
import type { NodeRequest } from './node-http.ts'
import { bodyChunks } from './request-body.ts'

// The RPC library decodes a request before any interceptor runs, and tells the caller no reason and no field where it
// can't. So JSON is decoded here first, for the error alone: what passes costs about a microsecond more.

/** The body of an RPC. Throws a `ConnectError`, with its details, for JSON that does not fit the method's request. */
export async function* rpcBody(request: NodeRequest, method: DescMethod): AsyncGenerator<Uint8Array> {
  const { 'content-type': type, 'content-encoding': encoding = 'identity' } = request.headers
  const isPlainJson = encoding === 'identity' && /^application\/json\s*(?:;|$)/i.test(type ?? '')
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of bodyChunks(request)) {
      if (isPlainJson) chunks.push(chunk)
      yield chunk
    }
    if (isPlainJson) decodeJson(method.input, Buffer.concat(chunks))
  } catch (error) {
    throw error instanceof RegistryError ? toConnectError(error) : error
  }
}

/** Refuses, with a `ConnectError`, the query of a Connect GET whose message can't be decoded. */
export function requireDecodableQuery({ requestMethod, url, method }: HandlerContext): void {
  if (requestMethod !== 'GET') return
  const { searchParams } = new URL(url)
  try {
    const message = searchParams.get('message') ?? ''
    const bytes = searchParams.get('base64') === '1' ? decodeBase64(message) : Buffer.from(message)
    const isPlain = (searchParams.get('compression') ?? 'identity') === 'identity'
    if (isPlain && searchParams.get('encoding') === 'json') decodeJson(method.input, bytes)
  } catch (error) {
    throw error instanceof RegistryError ? toConnectError(error) : error
  }
}

function decodeBase64(text: string): Uint8Array {
  try {
    return base64Decode(text)
  } catch (error) {
    throw invalidRequest(error)
  }
}
