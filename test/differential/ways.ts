import { gzipSync } from 'node:zlib'
import { envelope } from '../support/raw-http2.ts'

/** Pairs of a name and a value, in the order in which they are sent. */
export type Pairs = readonly (readonly [name: string, value: string])[]

/** A request as it is sent, without the fields that depend on the connection. */
export interface Wire {
  readonly verb: string
  readonly path: string
  readonly query: Pairs
  /** The names are in lower case. */
  readonly headers: Pairs
  readonly body: Buffer
  /** How the body is sent. Default: as a whole. Over HTTP/2, `chunked` is the same as `in pieces`. */
  readonly sent?: 'in pieces' | 'chunked'
}

/** A way to send a message to a method. */
export interface Way {
  readonly protocol: 'gRPC' | 'gRPC-Web' | 'Connect' | 'Connect GET'
  readonly codec: 'proto' | 'json'
  readonly isGzip: boolean
  readonly transport: 'HTTP/1.1' | 'HTTP/2'
  /** Whether the body is in base64, as in `application/grpc-web-text`. */
  readonly isText?: boolean
}

const each = <const T extends readonly unknown[]>(...values: T): readonly T[number][] => values

/** Every way to call a unary method. */
export const ways: readonly Way[] = each('gRPC', 'gRPC-Web', 'Connect', 'Connect GET').flatMap((protocol) =>
  each('proto', 'json').flatMap((codec) =>
    each(false, true).flatMap((isGzip) =>
      each('HTTP/1.1', 'HTTP/2').flatMap((transport): Way[] => {
        const way: Way = { protocol, codec, isGzip, transport }
        return protocol === 'gRPC-Web' && !isGzip ? [way, { ...way, isText: true }] : [way]
      }),
    ),
  ),
)

/** Shows a way in the message of a failure. */
export function showWay({ protocol, codec, isGzip, transport, isText }: Way): string {
  return `${protocol}${isText ? '-text' : ''} ${codec} ${isGzip ? 'gzip' : 'identity'} over ${transport}`
}

/** Whether the messages of a way are in envelopes. */
export function hasEnvelopes({ protocol }: Way): boolean {
  return protocol === 'gRPC' || protocol === 'gRPC-Web'
}

/** The name of the header with the compression of a request. */
export function encodingHeader(way: Way): string {
  return hasEnvelopes(way) ? 'grpc-encoding' : 'content-encoding'
}

/** The name of the header with the compressions that a client accepts. */
export function acceptHeader(way: Way): string {
  return hasEnvelopes(way) ? 'grpc-accept-encoding' : 'accept-encoding'
}

/** The well-formed request that sends a message to the method with this path. */
export function toWire(way: Way, path: string, message: Buffer): Wire {
  const payload = way.isGzip ? gzipSync(message) : message
  if (way.protocol === 'Connect GET') return toGet(way, path, payload)
  const headers: [string, string][] = [['content-type', contentTypeOf(way)]]
  if (way.isGzip) headers.push([encodingHeader(way), 'gzip'])
  if (way.protocol === 'gRPC') headers.push(['te', 'trailers'])
  if (way.protocol === 'gRPC-Web') headers.push(['x-grpc-web', '1'])
  if (way.protocol === 'Connect') headers.push(['connect-protocol-version', '1'])
  const body = hasEnvelopes(way) ? envelope(payload, { compressed: way.isGzip }) : payload
  return { verb: 'POST', path, query: [], headers, body: asText(way, body) }
}

/** The body as a way sends it. */
export function asText({ isText }: Way, body: Buffer): Buffer {
  return isText ? Buffer.from(body.toString('base64')) : body
}

function toGet({ codec, isGzip }: Way, path: string, payload: Buffer): Wire {
  const isBinary = codec === 'proto' || isGzip
  const query: Pairs = [
    ['connect', 'v1'],
    ['encoding', codec],
    ...(isBinary ? ([['base64', '1']] as const) : []),
    ...(isGzip ? ([['compression', 'gzip']] as const) : []),
    ['message', isBinary ? payload.toString('base64url') : payload.toString()],
  ]
  return { verb: 'GET', path, query, headers: [], body: Buffer.alloc(0) }
}

function contentTypeOf({ protocol, codec, isText }: Way): string {
  if (protocol === 'Connect') return `application/${codec}`
  return `application/${protocol === 'gRPC' ? 'grpc' : isText ? 'grpc-web-text' : 'grpc-web'}+${codec}`
}
