import { gzipSync } from 'node:zlib'
import { create, toBinary } from '@bufbuild/protobuf'
import { RegisterRequestSchema } from '../../gen/waypost/v1/service_registry_pb.ts'
import {
  END_HEADERS,
  END_STREAM,
  encodeFrame,
  encodeRequest,
  frameType,
  GREETING,
  PREFACE,
} from '../support/http2-frames.ts'
import { envelope } from '../support/raw-http2.ts'
import { type Random, randomFrom } from './random.ts'

/** The bytes that one connection sends. */
export interface Input {
  /** The name of the request that was mutated. */
  readonly kind: string
  readonly chunks: readonly Buffer[]
  /** Milliseconds between two chunks. */
  readonly pauseMs: number
}

const RPC = '/waypost.v1.ServiceRegistry'
const TAG_LENGTH = 5
const message = Buffer.concat([
  Buffer.from('\x0a\x04fuzz\x12\x04fuzz\x1a'),
  Buffer.from([TAG_LENGTH]),
  Buffer.from('1.0.0'),
])
const json = '{"namespace":"fuzz","name":"fuzz","revision_tag":"1.0.0","is_default":false}'
const informed = {
  ...{ namespace: 'fuzz', name: 'fuzz', revisionTag: '1.0.1', requestId: 'a', description: 'x' },
  documentationUri: 'https://a',
  labels: { 'a.b/c': 'd', e: '' },
  endpoints: [{ protocol: 'grpc', uri: 'https://a:1', metadata: { f: 'g' } }],
  source: { repository: 'r', commit: 'c', imageDigest: 'sha256:a' },
}
const information = Buffer.from(toBinary(RegisterRequestSchema, create(RegisterRequestSchema, informed)))
const update =
  '{"labels":{"a":"b"},"endpoints":[{"protocol":"x","uri":"y:z"}],"update_mask":"labels,endpoints","etag":"e"}'
const selection = 'version_range=%5E1.0+%7C%7C+%3E%3D2.0.0-0&label_selector=a+in+(b,c),!d,e%3Df&explain=true&view=FULL'
const listServices = Buffer.from([0x3a, 0])

function http1(line: string, type?: string, body: Uint8Array = Buffer.alloc(0), more = ''): Buffer {
  const entity = type === undefined ? '' : `Content-Type: ${type}\r\nContent-Length: ${body.byteLength}\r\n`
  return Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\nHost: a\r\n${entity}${more}\r\n`), body])
}

function http2(path: string, type: string, body: Uint8Array, more: Record<string, string> = {}): Buffer {
  const fields = { ':method': 'POST', ':path': path, 'content-type': type, ...more }
  const data = encodeFrame({ type: frameType.data, flags: END_STREAM, stream: 1, payload: body })
  return Buffer.concat([GREETING, encodeRequest(1, fields, END_HEADERS), data])
}

const te = { te: 'trailers' }

/** Valid requests, one or more for each protocol, which are mutated. */
const requests: Readonly<Record<string, Buffer>> = {
  'REST GET': http1('GET /services/fuzz/fuzz?revision_tag=1.0.0'),
  'REST POST': http1('POST /services/fuzz/fuzz', 'application/json', Buffer.from(json)),
  'REST POST, gzip': http1(
    'POST /services/fuzz/fuzz',
    'application/json',
    gzipSync(json),
    'Content-Encoding: gzip\r\n',
  ),
  'REST POST, chunked': Buffer.from(
    `POST /services/fuzz/fuzz HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`,
  ),
  'REST, pipelined': Buffer.concat([http1('GET /services/fuzz/fuzz'), http1('GET /livez'), http1('GET /readyz')]),
  'REST over HTTP/2': http2('/services/fuzz/fuzz', 'application/json', Buffer.from(json)),
  'REST, a selection': http1(`GET /services/fuzz/fuzz?${selection}`),
  'REST, an alias': http1(
    'PUT /services/fuzz/fuzz/aliases/beta',
    'application/json',
    Buffer.from('{"follows":"^1 || 3 - 4"}'),
  ),
  'REST, an update': http1('PATCH /services/fuzz/fuzz/revisions/1.0.0', 'application/json', Buffer.from(update)),
  'REST, a yank': http1(
    'POST /services/fuzz/fuzz/revisions/1.0.0/yank',
    'application/json',
    Buffer.from('{"if_default":"CLEAR"}'),
  ),
  'REST, an undeprecation': http1('POST /services/fuzz/fuzz/revisions/1.0.0/undeprecate'),
  'REST, merged labels': http1(
    'PATCH /services/fuzz/fuzz/revisions/1.0.0',
    'text/plain',
    Buffer.from('{"set_labels":{"a":"b"},"remove_labels":["c"]}'),
    'If-Match: "e"\r\nOrigin: http://a\r\nSec-Fetch-Site: same-origin\r\n',
  ),
  'REST, a conditional read': http1(
    'GET /services/fuzz/fuzz/aliases/beta',
    undefined,
    undefined,
    'If-None-Match: "a", W/"b"\r\n',
  ),
  'REST HEAD': http1('HEAD /services/fuzz/fuzz/default'),
  'REST DELETE with a body': http1(
    'DELETE /services/fuzz/fuzz/aliases/beta?validate_only=true',
    'application/json',
    Buffer.from('{"validate_only":true,"etag":"e"}'),
  ),
  'REST, a page': http1('GET /services?prefix=fuzz&page_size=2&page_token=WyJmdXp6L2Z1enoiLCJ4Il0&label_selector=a'),
  'gRPC, information': http2(`${RPC}/Register`, 'application/grpc', envelope(information), te),
  'Connect, JSON': http1(`POST ${RPC}/Register`, 'application/json', Buffer.from(json), 'Connect-Timeout-Ms: 5000\r\n'),
  'Connect, protobuf': http1(`POST ${RPC}/Register`, 'application/proto', message, 'Connect-Protocol-Version: 1\r\n'),
  'Connect, gzip': http1(`POST ${RPC}/Get`, 'application/proto', gzipSync(message), 'Content-Encoding: gzip\r\n'),
  'Connect GET': http1(
    `GET ${RPC}/Get?connect=v1&encoding=json&message=${encodeURIComponent('{"namespace":"fuzz","name":"fuzz"}')}`,
  ),
  'Connect GET, base64': http1(
    `GET ${RPC}/Get?connect=v1&encoding=proto&base64=1&message=${message.toString('base64url')}`,
  ),
  'Connect, stream': http1(
    'POST /grpc.health.v1.Health/Watch',
    'application/connect+json',
    envelope(Buffer.from('{}')),
  ),
  'gRPC-Web': http1(`POST ${RPC}/Register`, 'application/grpc-web+proto', envelope(message), 'X-Grpc-Web: 1\r\n'),
  gRPC: http2(`${RPC}/Register`, 'application/grpc', envelope(message), te),
  'gRPC, gzip': http2(`${RPC}/Get`, 'application/grpc', envelope(gzipSync(message), { compressed: true }), {
    ...te,
    'grpc-encoding': 'gzip',
    'grpc-timeout': '5S',
  }),
  'gRPC, reflection': http2(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    'application/grpc',
    Buffer.concat([envelope(listServices), envelope(listServices)]),
    te,
  ),
  'gRPC, JSON': http2(`${RPC}/Get`, 'application/grpc+json', envelope(Buffer.from(json)), te),
  'gRPC, two messages': http2(
    `${RPC}/Get`,
    'application/grpc',
    Buffer.concat([envelope(message), envelope(message)]),
    te,
  ),
  'gRPC, no message': http2(`${RPC}/Get`, 'application/grpc', Buffer.alloc(0), te),
  'gRPC, reset in the body': Buffer.concat([
    http2(`${RPC}/Get`, 'application/grpc', envelope(message, { length: 40 }), te).subarray(0, -4),
    encodeFrame({ type: frameType.rstStream, stream: 1, payload: Buffer.from([0, 0, 0, 8]) }),
  ]),
  'gRPC over HTTP/1.1': http1(`POST ${RPC}/Get`, 'application/grpc', envelope(message), 'TE: trailers\r\n'),
  'gRPC-Web over HTTP/2': http2(`${RPC}/Get`, 'application/grpc-web+json', envelope(Buffer.from(json))),
  'Connect over HTTP/2': http2(`${RPC}/Register`, 'application/json', Buffer.from(json), { 'connect-timeout-ms': '0' }),
  'Connect GET over HTTP/2': Buffer.concat([
    GREETING,
    encodeRequest(1, { ':path': `${RPC}/Get?encoding=proto&base64=1&message=${message.toString('base64url')}` }),
  ]),
  'gRPC, health': http2('/grpc.health.v1.Health/Check', 'application/grpc', envelope(Buffer.alloc(0)), te),
  'HTTP/2 frames': Buffer.concat([
    GREETING,
    encodeFrame({ type: frameType.settings, flags: 1 }),
    encodeFrame({ type: frameType.windowUpdate, payload: Buffer.from([0, 0, 0x10, 0]) }),
    encodeFrame({ type: frameType.priority, stream: 3, payload: Buffer.from([0, 0, 0, 0, 9]) }),
    encodeRequest(1, { ':path': '/readyz' }),
    encodeRequest(3, { ':path': '/services/fuzz/fuzz' }, END_STREAM),
    encodeFrame({ type: frameType.continuation, flags: END_HEADERS, stream: 3 }),
    encodeFrame({ type: frameType.ping, payload: Buffer.alloc(8, 7) }),
    encodeFrame({ type: frameType.rstStream, stream: 1, payload: Buffer.from([0, 0, 0, 8]) }),
    encodeFrame({ type: 0x42, payload: Buffer.from('unknown') }),
    encodeFrame({ type: frameType.goAway, payload: Buffer.alloc(8) }),
  ]),
  'HTTP/0.9': Buffer.from('GET /livez\r\n'),
  'HTTP/1.0': Buffer.from('GET /livez HTTP/1.0\r\n\r\n'),
}

// The beginning of a ClientHello of TLS 1.2. A server on a clear-text port does not read further.
const clientHello = Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), Buffer.alloc(500, 0xa5)])

/** The input with this number, which is always the same for a seed. */
export function makeInput(seed: number, index: number): Input {
  const random = randomFrom(Math.imul(seed, 0x9e3779b1) + index)
  const [kind, bytes] = makeBytes(random)
  const isSlow = random.below(50) === 0
  const pauseMs = isSlow ? 20 : 0
  return { kind, pauseMs, chunks: split(random, bytes, isSlow ? 20 : random.pick([1, 1, 2, 5])) }
}

function makeBytes(random: Random): [kind: string, bytes: Buffer] {
  const choice = random.below(20)
  if (choice === 0) return ['random bytes', random.bytes(random.below(300))]
  if (choice === 1) {
    const start = PREFACE.subarray(0, random.below(PREFACE.length + 1))
    return ['a part of the preface', Buffer.concat([start, random.bytes(random.below(40))])]
  }
  if (choice === 2) return ['TLS on the clear-text port', mutate(random, clientHello)]
  if (choice === 3) return ['HTTP/2, then random bytes', Buffer.concat([GREETING, random.bytes(random.below(300))])]
  const [kind, request] = random.pick(Object.entries(requests))
  return [kind, mutate(random, request)]
}

/** Makes up to four changes to the bytes, or none. */
export function mutate(random: Random, bytes: Buffer): Buffer {
  let mutated: Buffer = Buffer.from(bytes)
  for (let count = random.below(5); count > 0; count--) mutated = random.pick(mutations)(random, mutated)
  return mutated
}

const mutations: readonly ((random: Random, bytes: Buffer) => Buffer)[] = [
  function flipABit(random, bytes) {
    const at = random.below(bytes.length + 1)
    if (at < bytes.length) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at)
    return bytes
  },
  function setAByte(random, bytes) {
    const at = random.below(bytes.length + 1)
    if (at < bytes.length) bytes.writeUInt8(random.pick([0, 1, 0x0a, 0x0d, 0x20, 0x7f, 0x80, 0xff]), at)
    return bytes
  },
  function truncate(random, bytes) {
    return bytes.subarray(0, random.below(bytes.length + 1))
  },
  function insert(random, bytes) {
    return at(random, bytes, random.bytes(random.below(20)))
  },
  function remove(random, bytes) {
    const start = random.below(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + random.below(20))])
  },
  function repeat(random, bytes) {
    const start = random.below(bytes.length + 1)
    return at(random, bytes, bytes.subarray(start, start + random.below(200)))
  },
  function splice(random, bytes) {
    const [, other] = random.pick(Object.entries(requests))
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length)),
    ])
  },
  function changeANumber(random, bytes) {
    const text = bytes.toString('latin1')
    const number = random.pick(['0', '-1', '99999999999999999999', '4294967296', 'x', '1.5', ''])
    return Buffer.from(text.replace(/\d+(?=\r\n)/, number), 'latin1')
  },
  function growALength(random, bytes) {
    const start = random.below(bytes.length + 1)
    if (start + 4 <= bytes.length) bytes.writeUInt32BE(random.pick([0, 1, 0xffff, 0x7fffffff, 0xffffffff]), start)
    return bytes
  },
]

function at(random: Random, bytes: Buffer, inserted: Buffer): Buffer {
  const start = random.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(start)])
}

function split(random: Random, bytes: Buffer, parts: number): Buffer[] {
  const cuts = Array.from({ length: parts - 1 }, () => random.below(bytes.length + 1)).sort((a, b) => a - b)
  return [...cuts, bytes.length].map((end, index) => bytes.subarray(cuts[index - 1] ?? 0, end))
}
