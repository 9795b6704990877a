import type { IncomingHttpHeaders } from 'node:http'
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { codeFromHttpStatus, errorFromJsonBytes } from '@connectrpc/connect/protocol-connect'
import type { IncomingAnswer, OutgoingCall } from './exchange.ts'

// Unary calls of the Connect protocol: requests that read are sent with GET if they are short, the others with POST.

const JSON_TYPE = /^application\/json\s*(?:;|$)/i

/** The largest answer that is read, in bytes. Those of a registry are smaller than 4 MiB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** The longest message in a URL, in bytes. Some proxies refuse a path of more than 4 KiB. */
const MAX_URL_MESSAGE_BYTES = 2_048

/** How messages are written, and how requests are compressed. The conformance suite also runs others than the default. */
export interface Encoding {
  /** The name of the encoding in `Content-Type: application/NAME` and in URLs. */
  readonly name: string
  encode<I extends DescMessage>(schema: I, message: MessageShape<I>): Uint8Array
  decode<O extends DescMessage>(schema: O, bytes: Uint8Array): MessageShape<O>
  /** Compresses a message with gzip. Undefined: messages are sent as they are. */
  readonly gzip?: ((message: Uint8Array) => Uint8Array) | undefined
  /** The largest answer that is read, in bytes. */
  readonly maxBytes: number
  /** Whether requests that read are sent with GET. */
  readonly usesGet: boolean
  /** The value of `Accept-Encoding`. Undefined: answers must come as they are. */
  readonly accept?: string | undefined
}

/** Messages in the binary format of protobuf. */
export const protoEncoding: Encoding = {
  name: 'proto',
  encode: (schema, message) => toBinary(schema, message),
  decode: (schema, bytes) => fromBinary(schema, bytes),
  maxBytes: MAX_ANSWER_BYTES,
  usesGet: false,
}

/** A call that is to be sent. */
export interface UnaryCall<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodUnary<I, O>
  readonly input: object
  /** The headers of the caller. */
  readonly headers: Readonly<Record<string, string>>
  /** The time that the server has, in milliseconds. */
  readonly timeoutMs: number | undefined
}

/** The request of a call. `basePath` is the path of the base URL, without a slash at its end. */
export function encodeCall<I extends DescMessage, O extends DescMessage>(
  basePath: string,
  { method, input, headers, timeoutMs }: UnaryCall<I, O>,
  encoding: Encoding,
): OutgoingCall {
  const { name, gzip, maxBytes } = encoding
  const plain = encoding.encode(method.input, create(method.input, input as MessageInitShape<I>))
  const message = gzip ? gzip(plain) : plain
  const path = `${basePath}/${method.parent.typeName}/${method.name}`
  const all: Record<string, string | number> = { ...headers }
  if (timeoutMs !== undefined) all['connect-timeout-ms'] = timeoutMs
  if (encoding.accept !== undefined) all['accept-encoding'] = encoding.accept
  if (encoding.usesGet && isRead(method) && message.length <= MAX_URL_MESSAGE_BYTES) {
    const compression = gzip ? '&compression=gzip' : ''
    const text = Buffer.from(message.buffer, message.byteOffset, message.length).toString('base64url')
    const query = `connect=v1&base64=1${compression}&encoding=${name}&message=${text}`
    return { method: 'GET', path: `${path}?${query}`, headers: all, body: undefined, maxBytes }
  }
  all['connect-protocol-version'] = '1'
  all['content-type'] = `application/${name}`
  all['content-length'] = message.length
  if (gzip) all['content-encoding'] = 'gzip'
  return { method: 'POST', path, headers: all, body: message, maxBytes }
}

/** The message of an answer whose body is not compressed. Throws the error that the server sent. */
export function decodeAnswer<O extends DescMessage>(
  schema: O,
  { status, headers, body }: IncomingAnswer,
  encoding: Encoding,
): MessageShape<O> {
  const type = headers['content-type'] ?? ''
  if (status !== 200) throw toError(status, headers, body)
  if (!isType(type, encoding.name)) throw unexpectedType(type)
  try {
    return encoding.decode(schema, body)
  } catch (cause) {
    throw new ConnectError('the answer cannot be decoded', Code.Internal, undefined, undefined, cause)
  }
}

/** The error for an answer that is larger than the limit. */
export function tooLarge(maxBytes: number): ConnectError {
  return new ConnectError(`it has more than ${maxBytes} bytes`, Code.ResourceExhausted)
}

function isRead({ idempotency }: DescMethodUnary): boolean {
  return idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS
}

function isType(type: string, name: string): boolean {
  const expected = `application/${name}`
  return type === expected || type.split(';', 1)[0]?.trim().toLowerCase() === expected
}

// A type of Connect comes from a server that speaks it, although it breaks the protocol.
function unexpectedType(type: string): ConnectError {
  const code = /^application\/(?:proto|json|connect\+)/i.test(type) ? Code.Internal : Code.Unknown
  return new ConnectError(`the content type is ${JSON.stringify(type)}`, code)
}

function toError(status: number, headers: IncomingHttpHeaders, body: Uint8Array): unknown {
  const [text, code, metadata] = [`HTTP ${status}`, codeFromHttpStatus(status), toMetadata(headers)]
  const fallback = new ConnectError(text, code, metadata)
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) return fallback
  try {
    // This function adds the metadata to the error that it gets.
    const error = errorFromJsonBytes(body, metadata, new ConnectError(text, code))
    // The JSON of another server may have neither a message nor a code.
    return error.rawMessage === '' ? fallback : error
  } catch {
    return fallback
  }
}

// The trailers of the protocol are headers with a prefix.
function toMetadata(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(':')
      ? []
      : [value ?? []].flat().map((each): [string, string] => [name.replace(/^trailer-/, ''), each]),
  )
}
