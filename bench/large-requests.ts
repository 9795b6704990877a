import { gzipSync } from 'node:zlib'
import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { RegisterRequestSchema } from '../gen/waypost/v1/service_registry_pb.ts'

/** A request that may cost the server much. */
export interface Candidate {
  readonly name: string
  /** Default: POST. */
  readonly method?: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** A way to encode requests, a valid request of 1 MiB, and others of 1 MiB. */
export interface Codec {
  readonly name: string
  readonly valid: Candidate
  readonly candidates: readonly Candidate[]
}

const MIB = 1024 ** 2
/** Almost as many values as a request may have. */
const MANY = 4_900
const REST = '/services/bench/large'
const RPC = '/waypost.v1.ServiceRegistry/Register'

const record = (count: number, value: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]))
const info = {
  labels: record(64, 'v'.repeat(60)),
  endpoints: Array(16).fill({ protocol: 'grpc', uri: 'https://a.example', metadata: record(32, 'v'.repeat(100)) }),
  description: 'd'.repeat(4_096),
}
const names = { namespace: 'bench', name: 'large' }
const tag = { revision_tag: '1.0.0', validate_only: true }

const json = { 'content-type': 'application/json' }
const proto = { 'content-type': 'application/proto' }
const gzip = { 'content-encoding': 'gzip' }

/** JSON with spaces behind it, up to 1 MiB. */
const padded = (value: object) => Buffer.from(JSON.stringify(value).padEnd(MIB))
/** Text between a beginning and an end, up to 1 MiB. */
function filled(begin: string, unit: string, end: string): Buffer {
  const count = Math.floor((MIB - begin.length - end.length) / Buffer.byteLength(unit))
  return Buffer.from(`${begin}${unit.repeat(count)}${end}`)
}

function jsonBodies(fields: object): Readonly<Record<string, Buffer>> {
  const begin = JSON.stringify(fields).slice(0, -1)
  return {
    'many endpoints, which are refused': filled(`${begin},"endpoints":[`, '{},', '{}]}'),
    'as many endpoints as are decoded': padded({ ...fields, ...info, endpoints: Array(MANY - 1_000).fill({}) }),
    'as many labels as are decoded': padded({ ...fields, labels: record(MANY, 'v') }),
    'numbers as the names of labels': padded({
      ...fields,
      labels: Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`${(index * 7_919) % 65_536}`, 'v'])),
    }),
    'many unknown keys': padded({
      ...fields,
      ...Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`x${i}`, 1])),
    }),
    'line breaks in the description': filled(`${begin},"description":"`, '\\n', '"}'),
    'characters of four bytes in the description': filled(`${begin},"description":"`, '\u{1D4B3}', '"}'),
    'escapes in an unknown text': filled(`${begin},"x":"`, '\\u0041', '"}'),
    'a long number': filled(`${begin},"x":`, '1', '}'),
    'a long field mask': filled(`${begin},"update_mask":"`, '_a', '"}'),
    'lists in lists': Buffer.from('['.repeat(MIB / 2) + ']'.repeat(MIB / 2)),
  }
}

const register = (init: object) => Buffer.from(toBinary(RegisterRequestSchema, create(RegisterRequestSchema, init)))
const unknownField = (length: number) =>
  Buffer.from(new BinaryWriter().tag(1_000, WireType.LengthDelimited).bytes(new Uint8Array(length)).finish())
/** Protobuf with an unknown field behind it, up to 1 MiB. */
const paddedProto = (message: Buffer) => Buffer.concat([message, unknownField(MIB - message.length - 8)])

function protoBodies(): Readonly<Record<string, Buffer>> {
  const base = { ...names, revisionTag: '1.0.0', validateOnly: true }
  return {
    'many endpoints, which are refused': Buffer.from('\x32\x00'.repeat(MIB / 2), 'latin1'),
    'many unknown fields, which are refused': Buffer.from('\x78\x00'.repeat(MIB / 2), 'latin1'),
    'as many endpoints as are decoded': paddedProto(register({ ...base, endpoints: Array(MANY).fill({}) })),
    'as many labels as are decoded': paddedProto(register({ ...base, labels: record(MANY / 3, 'v'.repeat(500)) })),
    'as many unknown fields as are decoded': Buffer.concat([register(base), ...Array(MANY).fill(unknownField(200))]),
    'characters of three bytes in the description': register({ ...base, description: '\u20ac'.repeat(MIB / 3 - 100) }),
  }
}

function candidates(
  bodies: Readonly<Record<string, Buffer>>,
  path: string,
  headers: Candidate['headers'],
): Candidate[] {
  return Object.entries(bodies).flatMap(([name, body]) => [
    { name, path, headers, body },
    { name: `${name}, gzipped`, path, headers: { ...headers, ...gzip }, body: gzipSync(body) },
  ])
}

const updates: Candidate[] = candidates(jsonBodies({}), `${REST}/revisions/1.0.0`, json).map((candidate) => ({
  ...candidate,
  name: `${candidate.name}, in an update`,
  method: 'PATCH',
}))

/** All codecs of a request. gRPC has the protobuf of Connect in an envelope. */
export const codecs: readonly Codec[] = [
  {
    name: 'REST',
    valid: { name: 'valid', path: REST, headers: json, body: padded({ ...tag, ...info }) },
    candidates: [...candidates(jsonBodies(tag), REST, json), ...updates],
  },
  {
    name: 'Connect, JSON',
    valid: { name: 'valid', path: RPC, headers: json, body: padded({ ...names, ...tag, ...info }) },
    candidates: candidates(jsonBodies({ ...names, ...tag }), RPC, json),
  },
  {
    name: 'Connect, protobuf',
    valid: {
      ...{ name: 'valid', path: RPC, headers: proto },
      body: paddedProto(register({ ...names, revisionTag: '1.0.0', validateOnly: true, ...info })),
    },
    candidates: candidates(protoBodies(), RPC, proto),
  },
]
