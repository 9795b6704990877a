import { type DescMethod, fromBinary, type JsonReadOptions } from '@bufbuild/protobuf'
import { base64Decode } from '@bufbuild/protobuf/wire'
import type { HandlerContext } from '@connectrpc/connect'
import { RegistryError } from '../../domain/errors.ts'
import { toConnectError } from '../call/wire-errors.ts'
import { readContentType } from '../http/content-type.ts'
import { gzip } from '../http/gzip.ts'
import { decodeJson, invalidRequest } from '../http/json.ts'
import type { NodeRequest } from '../http/node-http.ts'
import { bodyChunks, tooLarge } from '../http/request-body.ts'
import type { Limits } from '../limits.ts'

// The RPC library decodes a request before any interceptor runs. If that fails, its error has no reason and no field,
// and for protobuf it even reports a failure of the server. So a message is decoded here first, only for a better
// error. This costs about a microsecond per request.

/** The length of the head before each message of an enveloped protocol: a byte of flags, and a length of four bytes. */
const ENVELOPE_HEAD = 5
const COMPRESSED_FLAG = 1

/** The encoding of a message in the body of a request, by its headers. */
interface Encoding {
  readonly isJson: boolean
  /** Whether the message is in an envelope, as in gRPC, or is the whole body. */
  readonly isEnveloped: boolean
  readonly compression: string
}

/** The options for reading the messages of requests. */
export interface Reading {
  /** The largest size of a message, in bytes, after decompression. */
  readonly maxBytes: number
  readonly limits: Limits
  readonly jsonOptions: Partial<JsonReadOptions>
}

/**
 * The body of an RPC. Throws a `ConnectError` with details for a message that does not fit the method's request. It
 * does not check streams of messages, because the RPC library does.
 */
export async function* rpcBody(request: NodeRequest, method: DescMethod, reading: Reading): AsyncGenerator<Uint8Array> {
  const encoding = encodingOf(request, method)
  const held: Uint8Array[] = []
  let size = 0
  try {
    if (encoding?.isEnveloped === false) requireSmall(Number(request.headers['content-length']), reading.maxBytes)
    for await (const chunk of bodyChunks(request, reading.limits)) {
      size += chunk.byteLength
      held.push(chunk)
      if (encoding?.isEnveloped === false && size > reading.maxBytes) throw tooLarge(reading.maxBytes)
      if (encoding?.isEnveloped && size === chunk.byteLength) requireSmall(sizeInEnvelope(chunk), reading.maxBytes)
      // The RPC library refuses a message whose size was not clear before.
      if (encoding === undefined || size > reading.maxBytes + ENVELOPE_HEAD) yield* held.splice(0)
    }
    if (held.length > 0 && encoding !== undefined) {
      await requireDecodable(method, encoding, Buffer.concat(held), reading)
    }
    yield* held
  } catch (error) {
    throw error instanceof RegistryError ? toConnectError(error) : error
  }
}

function requireSmall(size: number, maxBytes: number): void {
  if (size > maxBytes) throw tooLarge(maxBytes, size)
}

// The size of the message by the head of its envelope; 0 if the first chunk does not have the whole head.
function sizeInEnvelope({ buffer, byteOffset, byteLength }: Uint8Array): number {
  return byteLength < ENVELOPE_HEAD ? 0 : Buffer.from(buffer, byteOffset, ENVELOPE_HEAD).readUInt32BE(1)
}

/** Throws a `ConnectError` if the message in the query of a Connect GET cannot be decoded. */
export function requireDecodableQuery({ requestMethod, url, method }: HandlerContext, { jsonOptions }: Reading): void {
  if (requestMethod !== 'GET') return
  const { searchParams } = new URL(url)
  try {
    const message = searchParams.get('message') ?? ''
    const bytes = searchParams.get('base64') === '1' ? decodeBase64(message) : Buffer.from(message)
    const isPlain = (searchParams.get('compression') ?? 'identity') === 'identity'
    if (isPlain) decodeMessage(method, searchParams.get('encoding') === 'json' ? jsonOptions : undefined, bytes)
  } catch (error) {
    throw error instanceof RegistryError ? toConnectError(error) : error
  }
}

function encodingOf({ headers }: NodeRequest, method: DescMethod): Encoding | undefined {
  if (method.methodKind !== 'unary' && method.methodKind !== 'server_streaming') return undefined
  const { protocol, codec } = readContentType(headers['content-type'])
  // A gRPC client need not name the codec.
  if (codec !== 'json' && codec !== 'proto' && !(codec === '' && protocol?.startsWith('gRPC'))) return undefined
  const name = protocol === undefined ? 'content' : protocol === 'Connect' ? 'connect-content' : 'grpc'
  const compression = String(headers[`${name}-encoding`] ?? 'identity')
  return { isJson: codec === 'json', isEnveloped: protocol !== undefined, compression }
}

async function requireDecodable(
  method: DescMethod,
  { isJson, isEnveloped, compression }: Encoding,
  body: Buffer,
  { maxBytes, jsonOptions }: Reading,
): Promise<void> {
  if (isEnveloped && !isOneEnvelope(body)) return
  const message = isEnveloped ? body.subarray(ENVELOPE_HEAD) : body
  const json = isJson ? jsonOptions : undefined
  const isPlain = isEnveloped ? body[0] === 0 : compression === 'identity'
  if (isPlain) return decodeMessage(method, json, message)
  const isGzip = compression === 'gzip' && (!isEnveloped || body[0] === COMPRESSED_FLAG)
  const unpacked = isGzip ? await gzip.decompress(message, maxBytes).catch(() => undefined) : undefined
  if (unpacked !== undefined) decodeMessage(method, json, unpacked)
}

function isOneEnvelope(body: Buffer): boolean {
  return body.byteLength >= ENVELOPE_HEAD && body.readUInt32BE(1) === body.byteLength - ENVELOPE_HEAD
}

/** Decodes JSON with these options, or protobuf without any. */
function decodeMessage({ input }: DescMethod, json: Reading['jsonOptions'] | undefined, bytes: Uint8Array): void {
  if (json !== undefined) return void decodeJson(input, bytes, json)
  try {
    fromBinary(input, bytes)
  } catch (error) {
    throw invalidRequest(error)
  }
}

function decodeBase64(text: string): Uint8Array {
  try {
    return base64Decode(text)
  } catch (error) {
    throw invalidRequest(error)
  }
}
