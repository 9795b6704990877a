import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { attackedServer } from '../../support/hostile.ts'
import { envelope, streamExchange } from '../../support/raw-http2.ts'
import { sqliteStorage } from '../../support/storage.ts'

const MIB = 1024 * 1024
const REGISTER = '/waypost.v1.ServiceRegistry/Register'
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'

/** `namespace`, `name` and `revision_tag` in protobuf. */
const valid = Buffer.from('\x0a\x06my-org\x12\x06victim\x1a\x051.0.0')
/** Field 15 is unknown and is ignored. The whole message has one byte more than a server allows. */
const large = Buffer.concat([valid, Buffer.from([0x7a, 0xe0, 0xff, 0x3f]), Buffer.alloc(MIB + 1 - valid.length - 4)])

const target = attackedServer(sqliteStorage)

/** The parts of an error that every protocol has. */
interface Refusal {
  /** The code, such as `invalid_argument`, or its number. */
  readonly code: string
  readonly message: string
}

type Headers = Readonly<Record<string, string>>

/** A protocol: its content type, the name of its header for compression, and its codes. */
interface Protocol {
  readonly type: string
  readonly compression: string
  readonly deadline: string
  readonly codes: Readonly<Record<Code, string>>
}

type Code = 'internal' | 'invalid' | 'tooLarge' | 'unimplemented'

const numbers = { internal: '13', invalid: '3', tooLarge: '8', unimplemented: '12' }
const names = {
  internal: 'internal',
  invalid: 'invalid_argument',
  tooLarge: 'resource_exhausted',
  unimplemented: 'unimplemented',
}

const enveloped: Readonly<Record<'gRPC' | 'gRPC-Web', Protocol>> = {
  gRPC: { type: 'application/grpc', compression: 'grpc-encoding', deadline: 'grpc-timeout', codes: numbers },
  'gRPC-Web': { type: 'application/grpc-web', compression: 'grpc-encoding', deadline: 'grpc-timeout', codes: numbers },
}
const connect: Protocol = {
  type: 'application/proto',
  compression: 'content-encoding',
  deadline: 'connect-timeout-ms',
  codes: names,
}
const protocols = { Connect: connect, ...enveloped }

async function refusalOf(
  { type }: Protocol,
  body: Uint8Array,
  { path = REGISTER, headers = {} }: { readonly path?: string; readonly headers?: Headers } = {},
): Promise<Refusal> {
  const answer = await streamExchange(
    target.url,
    { ':path': path, 'content-type': type, te: 'trailers', ...headers },
    body,
  )
  if (type === connect.type) return JSON.parse(answer.text) as Refusal
  const fields: Readonly<Record<string, unknown>> = { ...answer.headers, ...answer.trailers }
  const inBody = (name: string) => new RegExp(`${name}: ?(.*)\r\n`).exec(answer.text)?.[1]
  const field = (name: string) => String(fields[name] ?? inBody(name))
  return { code: field('grpc-status'), message: decodeURIComponent(field('grpc-message')) }
}

const inBodyOf = (protocol: Protocol, message: Uint8Array, options = {}) =>
  protocol.type === connect.type ? message : envelope(message, options)

// The head of an envelope tells the size of its message. A Connect request without a content-length does not.
test.each([
  ['Connect', connect, 'is larger than 1048576 bytes'],
  ['gRPC', enveloped.gRPC, 'has 1048577 bytes'],
  ['gRPC-Web', enveloped['gRPC-Web'], 'has 1048577 bytes'],
] as const)('a request that is too large is refused over %s', async (_name, protocol, fact) => {
  expect(await refusalOf(protocol, inBodyOf(protocol, large))).toMatchObject({
    code: protocol.codes.tooLarge,
    message: `the request body ${fact}; send at most 1048576 bytes.`,
  })
})

test.each(Object.entries(protocols))(
  'a request that is too large after decompression is refused over %s',
  async (_name, protocol) => {
    const headers = { [protocol.compression]: 'gzip' }
    const body = inBodyOf(protocol, gzipSync(large), { compressed: true })
    expect(await refusalOf(protocol, body, { headers })).toMatchObject({
      code: protocol.codes.tooLarge,
      message: 'the request body is larger than 1048576 bytes after decompression; send at most 1048576 bytes.',
    })
  },
)

test('a message of a stream that is too large is refused, even if it is not the first one', async () => {
  const body = Buffer.concat([envelope(Buffer.from('\x3a\x00')), envelope(large)])
  expect(await refusalOf(enveloped.gRPC, body, { path: REFLECTION })).toMatchObject({
    code: '8',
    message: 'the request body has 1048577 bytes; send at most 1048576 bytes.',
  })
})

test.each(Object.entries(protocols))(
  'a request with an unknown compression is refused over %s',
  async (_name, protocol) => {
    const headers = { [protocol.compression]: 'br' }
    expect(await refusalOf(protocol, inBodyOf(protocol, valid), { headers })).toMatchObject({
      code: protocol.codes.unimplemented,
      message: `the ${protocol.compression} "br" is not supported; use gzip or identity.`,
    })
  },
)

test.each(Object.entries(protocols))('a request that is not valid gzip is refused over %s', async (_name, protocol) => {
  const headers = { [protocol.compression]: 'gzip' }
  const body = inBodyOf(protocol, valid, { compressed: true })
  expect(await refusalOf(protocol, body, { headers })).toMatchObject({
    code: protocol.codes.invalid,
    message: 'the body is not valid gzip; send gzip, or an uncompressed body.',
  })
})

test.each([
  ['Connect', connect, 'use a whole number of milliseconds with at most 10 digits.'],
  ['gRPC', enveloped.gRPC, 'use at most 8 digits and one of the units H, M, S, m, u and n.'],
  ['gRPC-Web', enveloped['gRPC-Web'], 'use at most 8 digits and one of the units H, M, S, m, u and n.'],
] as const)('a deadline that is not valid is refused over %s', async (_name, protocol, advice) => {
  const headers = { [protocol.deadline]: 'soon' }
  expect(await refusalOf(protocol, inBodyOf(protocol, valid), { headers })).toMatchObject({
    code: protocol.codes.invalid,
    message: `${protocol.deadline} "soon" is not valid; ${advice}`,
  })
})

const whole = envelope(valid)
const incomplete = 'the last message of the request is incomplete; send as many bytes as its length says.'

interface BrokenBody {
  readonly content: string
  readonly body: Uint8Array
  readonly code: Code
  readonly message: string
}

const brokenBodies: readonly BrokenBody[] = [
  {
    content: 'no message',
    body: Buffer.alloc(0),
    code: 'unimplemented',
    message: 'the request has no message; send one message.',
  },
  {
    content: 'two messages',
    body: Buffer.concat([whole, whole]),
    code: 'unimplemented',
    message: 'the request has more than one message; send one message.',
  },
  { content: 'half a message', body: whole.subarray(0, 10), code: 'invalid', message: incomplete },
  { content: 'half the length of a message', body: whole.subarray(0, 3), code: 'invalid', message: incomplete },
  {
    content: 'a compressed message and no name of its compression',
    body: envelope(gzipSync(valid), { compressed: true }),
    code: 'internal',
    message: 'a message is compressed, but no header names its compression; name it, or send the message uncompressed.',
  },
]

describe.each(Object.entries(enveloped))('Over %s,', (_name, protocol) => {
  test.each(brokenBodies)('a request with $content is refused', async ({ body, code, message }) => {
    expect(await refusalOf(protocol, body)).toMatchObject({ code: protocol.codes[code], message })
  })
})

test('a Connect GET is refused if its compression is unknown or its message cannot be read', async () => {
  const get = '/waypost.v1.ServiceRegistry/Get?connect=v1&base64=1&encoding=proto'
  const ask = async (query: string) => (await fetch(`${target.url}${get}&${query}`)).json()
  expect(await ask('compression=br&message=')).toMatchObject({
    code: 'unimplemented',
    message: 'the content-encoding "br" is not supported; use gzip or identity.',
  })
  const bomb = gzipSync(large).toString('base64url')
  expect(await ask(`compression=gzip&message=${bomb}`)).toMatchObject({
    code: 'resource_exhausted',
    message: 'the request body is larger than 1048576 bytes after decompression; send at most 1048576 bytes.',
  })
  const broken = gzipSync(Buffer.from([0xff])).toString('base64url')
  expect(await ask(`compression=gzip&message=${broken}`)).toMatchObject({ code: 'invalid_argument' })
})
