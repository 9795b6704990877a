import { type DescMethod, fromBinary, type JsonReadOptions } from '@bufbuild/protobuf'
import { base64Decode } from '@bufbuild/protobuf/wire'
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect'
import { RegistryError } from '../../domain/errors.ts'
import { requireSmallProto } from '../call/bounds.ts'
import { toConnectError, toPlainConnectError } from '../call/wire-errors.ts'
import { bodyChunks } from '../http/body/body-chunks.ts'
import { gzip } from '../http/body/gzip.ts'
import { tooLarge } from '../http/body/read-body.ts'
import { readContentType } from '../http/content-type.ts'
import type { Exchange } from '../http/exchange.ts'
import { decodeJson, invalidRequest } from '../http/json.ts'
import type { Limits } from '../limits.ts'
import { ENVELOPE_HEAD, isCompressed, isMessage, requireOne, splitEnvelopes, toEnvelope } from './envelopes.ts'

// The RPC library decodes a request before any interceptor runs. If that fails, its error has no reason and no field,
// its text can name options of the library, and for protobuf it even reports a failure of the server. So a message is
// checked and decoded here first, only for a better error. This costs about a microsecond per request.

/** The encoding of a message in the body of a request, by its headers. */
interface Encoding {
  readonly isJson: boolean
  /** Whether the message is in an envelope, as in gRPC, or is the whole body. */
  readonly isEnveloped: boolean
  readonly compression: string
  /** The length of the body that the headers announce, in bytes; NaN if they do not. */
  readonly announced: number
}

/** The options for reading the messages of requests. */
export interface Reading {
  /** The largest size of a message, in bytes, after decompression. */
  readonly maxBytes: number
  readonly limits: Limits
  readonly jsonOptions: Partial<JsonReadOptions>
}

/** The body of an RPC. Throws a `ConnectError` for a message that is too large or does not fit the method's request. */
export async function* rpcBody(exchange: Exchange, method: DescMethod, reading: Reading): AsyncGenerator<Uint8Array> {
  const encoding = encodingOf(exchange)
  const chunks = bodyChunks(exchange, reading.limits, method.methodKind === 'bidi_streaming')
  try {
    // The RPC library refuses a request with another codec, and does not read its body.
    if (encoding === undefined) yield* chunks
    else if (encoding.isEnveloped) yield* readEnvelopes(chunks, method, encoding, reading)
    else yield* readMessage(chunks, method, encoding, reading)
  } catch (error) {
    throw error instanceof RegistryError ? toConnectError(error) : error
  }
}

async function* readMessage(
  chunks: AsyncIterable<Uint8Array>,
  method: DescMethod,
  { isJson, compression, announced }: Encoding,
  { maxBytes, jsonOptions }: Reading,
): AsyncGenerator<Uint8Array> {
  if (announced > maxBytes) throw toPlainConnectError(tooLarge(maxBytes, announced))
  const held: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    if (size > maxBytes) throw toPlainConnectError(tooLarge(maxBytes))
    held.push(chunk)
  }
  if (size !== announced && !Number.isNaN(announced)) throw otherLength(size, announced)
  const body = Buffer.concat(held)
  const message = compression === 'gzip' ? await gzip.decompress(body, maxBytes) : body
  decodeMessage(method, isJson ? jsonOptions : undefined, message)
  yield body
}

async function* readEnvelopes(
  chunks: AsyncIterable<Uint8Array>,
  method: DescMethod,
  { isJson, compression }: Encoding,
  { maxBytes, jsonOptions }: Reading,
): AsyncGenerator<Uint8Array> {
  const isOne = method.methodKind === 'unary' || method.methodKind === 'server_streaming'
  const envelopes = splitEnvelopes(chunks, maxBytes)
  for await (const envelope of isOne ? requireOne(envelopes) : envelopes) {
    const plain = await decompressed(envelope, compression, maxBytes)
    if (!isMessage(plain)) throw unknownFlags(plain)
    decodeMessage(method, isJson ? jsonOptions : undefined, plain.subarray(ENVELOPE_HEAD))
    yield plain
  }
}

// The RPC library need not decompress the message again.
async function decompressed(envelope: Buffer, compression: string, maxBytes: number): Promise<Buffer> {
  if (!isCompressed(envelope)) return envelope
  if (compression !== 'gzip') throw unnamedCompression()
  return toEnvelope(await gzip.decompress(envelope.subarray(ENVELOPE_HEAD), maxBytes))
}

/** Throws a `ConnectError` if the message in the query of a Connect GET cannot be decoded. */
export async function requireDecodableQuery(
  { requestMethod, url, method }: HandlerContext,
  { jsonOptions, maxBytes }: Reading,
): Promise<void> {
  if (requestMethod !== 'GET') return
  const { searchParams } = new URL(url)
  try {
    const text = searchParams.get('message') ?? ''
    const bytes = searchParams.get('base64') === '1' ? decodeBase64(text) : Buffer.from(text)
    if (bytes.byteLength > maxBytes) throw toPlainConnectError(tooLarge(maxBytes, bytes.byteLength))
    const isGzip = searchParams.get('compression') === 'gzip'
    const message = isGzip ? await gzip.decompress(bytes, maxBytes) : bytes
    decodeMessage(method, searchParams.get('encoding') === 'json' ? jsonOptions : undefined, message)
  } catch (error) {
    throw error instanceof RegistryError ? toConnectError(error) : error
  }
}

function encodingOf({ headers }: Exchange): Encoding | undefined {
  const { protocol, codec } = readContentType(headers['content-type'])
  // A gRPC client need not name the codec.
  if (codec !== 'json' && codec !== 'proto' && !(codec === '' && protocol?.startsWith('gRPC'))) return undefined
  const name = protocol === undefined ? 'content' : protocol === 'Connect' ? 'connect-content' : 'grpc'
  return {
    isJson: codec === 'json',
    isEnveloped: protocol !== undefined,
    compression: String(headers[`${name}-encoding`] ?? 'identity'),
    announced: Number(headers['content-length'] ?? Number.NaN),
  }
}

/** Decodes JSON with these options, or protobuf without any. */
function decodeMessage({ input }: DescMethod, json: Reading['jsonOptions'] | undefined, bytes: Uint8Array): void {
  if (json !== undefined) return void decodeJson(input, bytes, json)
  requireSmallProto(input, bytes)
  try {
    fromBinary(input, bytes)
  } catch (error) {
    throw invalidRequest(error)
  }
}

function decodeBase64(text: string): Uint8Array {
  try {
    return base64Decode(text)
  } catch (cause) {
    const message = 'the parameter message is not valid base64; encode it, or leave out the parameter base64.'
    throw new RegistryError({ reason: 'INVALID_REQUEST', message, cause })
  }
}

function otherLength(size: number, announced: number): ConnectError {
  const message = `the request body has ${size} bytes, and its content-length is ${announced}; send a body of that length.`
  return new ConnectError(message, Code.InvalidArgument)
}

// Only answers have envelopes with other flags, which end a stream.
function unknownFlags(envelope: Buffer): ConnectError {
  const message = `a message has the flags ${envelope[0]}; use 0, or 1 for a compressed message.`
  return new ConnectError(message, Code.InvalidArgument)
}

// The specification of gRPC asks for this code.
function unnamedCompression(): ConnectError {
  const message =
    'a message is compressed, but no header names its compression; name it, or send the message uncompressed.'
  return new ConnectError(message, Code.Internal)
}
