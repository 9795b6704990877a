import { gunzipSync, gzipSync } from 'node:zlib'
import { create, fromBinary, fromJson, fromJsonString, type JsonValue, toBinary } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { describe, expect, test } from 'vitest'
import { GetRequestSchema, GetResponseSchema, ServiceRegistry } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { openAccess } from '../../../../src/domain/access/access-control.ts'
import type { CallContext } from '../../../../src/server/call/context.ts'
import { type BoundMethod, defineMethod } from '../../../../src/server/call/method.ts'
import { PageTurns } from '../../../../src/server/call/page-turns.ts'
import { CallPipeline } from '../../../../src/server/call/pipeline.ts'
import type { Answer } from '../../../../src/server/http/exchange.ts'
import { defaultLimits } from '../../../../src/server/limits.ts'
import { createRpcHandler } from '../../../../src/server/rpc/rpc.ts'
import { MemoryExchange, type MemoryRequest } from '../../../support/memory-exchange.ts'
import { envelope } from '../../../support/raw-http2.ts'
import { recordingLogger } from '../../../support/recording-logger.ts'

type Run = (name: string, context: CallContext) => Promise<string>

const GET = '/waypost.v1.ServiceRegistry/Get'
const echo: Run = async (name) => name

/** Answers a Get with the description that `run` returns for the name in the request. */
function serve(request: MemoryRequest, { run = echo, query = '', limits = {} } = {}) {
  const { log, lines } = recordingLogger()
  const parts = { log, originRule: undefined, access: openAccess, pages: new PageTurns(defaultLimits.pages) }
  const method = defineMethod({
    ...{ method: ServiceRegistry.method.get, permission: null, resource: () => null },
    decode: ({ name }) => name,
    run: (_: undefined, name: string, context) => run(name, context),
    encode: (description: string) => ({ revision: { description } }),
  }) as BoundMethod
  const handle = createRpcHandler({
    ...{ methods: [method], streams: () => {}, pipeline: new CallPipeline(parts) },
    ...{ limits: { ...defaultLimits, ...limits }, log },
  })
  const exchange = new MemoryExchange(request)
  expect(handle(exchange, GET, query)).toBe(true)
  return { exchange, answered: exchange.answered, lines }
}

const proto = (name: string) => toBinary(GetRequestSchema, create(GetRequestSchema, { name }))
const json = (name: string) => Buffer.from(JSON.stringify({ name }))

/** How a protocol writes a request with a name and reads the answer to it. */
interface Form {
  readonly type: string
  readonly compression: string
  readonly accepts: string
  readonly deadline: string
  encode(name: string): Uint8Array
  /** The message in an answer, which may be compressed. */
  decode(answer: Answer): { readonly description: string | undefined; readonly isGzip: boolean }
  /** The code and the text of an error. */
  errorOf(answer: Answer): { readonly code: number | string; readonly message: string }
}

const bytesOf = ({ body }: Answer) => Buffer.from(body as Uint8Array)
const describeProto = (bytes: Uint8Array) => fromBinary(GetResponseSchema, bytes).revision?.description
const describeJson = (bytes: Uint8Array) => fromJsonString(GetResponseSchema, String(bytes)).revision?.description

const connectForm = (type: string, isJson: boolean): Form => ({
  ...{ type, compression: 'content-encoding', accepts: 'accept-encoding', deadline: 'connect-timeout-ms' },
  encode: isJson ? json : proto,
  decode: (answer) => {
    const isGzip = answer.headers['content-encoding'] === 'gzip'
    const bytes = isGzip ? gunzipSync(bytesOf(answer)) : bytesOf(answer)
    return { description: isJson ? describeJson(bytes) : describeProto(bytes), isGzip }
  },
  errorOf: ({ body }) => JSON.parse(String(body)),
})

const grpcForm = (type: string, isJson: boolean): Form => ({
  ...{ type, compression: 'grpc-encoding', accepts: 'grpc-accept-encoding', deadline: 'grpc-timeout' },
  encode: (name) => envelope(isJson ? json(name) : proto(name)),
  decode: (answer) => {
    const bytes = bytesOf(answer)
    const message = bytes.subarray(5, 5 + bytes.readUInt32BE(1))
    const plain = bytes[0] === 1 ? gunzipSync(message) : message
    return { description: isJson ? describeJson(plain) : describeProto(plain), isGzip: bytes[0] === 1 }
  },
  errorOf: ({ headers, body }) => {
    const inBody = Object.fromEntries([...String(body).matchAll(/(grpc-[\w-]+): (.*)\r\n/g)].map(([, ...each]) => each))
    const fields: Readonly<Record<string, string>> = { ...headers, ...inBody }
    return { code: Number(fields['grpc-status']), message: decodeURIComponent(fields['grpc-message'] ?? '') }
  },
})

const forms: readonly Form[] = [
  connectForm('application/json', true),
  connectForm('application/proto', false),
  grpcForm('application/grpc+json', true),
  grpcForm('application/grpc', false),
  grpcForm('application/grpc-web+json', true),
  grpcForm('application/grpc-web+proto', false),
]

const post = (form: Form, name: string, headers: Readonly<Record<string, string>> = {}): MemoryRequest => ({
  headers: { 'content-type': form.type, ...headers },
  body: [form.encode(name)],
})

/** The code of an error, as Connect or gRPC writes it. */
const codeOf = (code: number | string) =>
  typeof code === 'number' ? Code[code]?.toLowerCase() : code.replaceAll('_', '')

/** A deadline in 20 milliseconds. */
const shortly = ({ deadline }: Form) => (deadline === 'grpc-timeout' ? '20m' : '20')

describe.each(forms)('over $type', (form) => {
  const large = 'x'.repeat(2_000)

  test.each([
    [large, 'gzip', true],
    [large, 'deflate, gzip', true],
    [large, 'identity', false],
    ['small', 'gzip', false],
  ])(
    'an answer is compressed if it has at least 1 KiB and the client accepts gzip (%#)',
    async (name, accepts, isGzip) => {
      const answer = await serve(post(form, name, { [form.accepts]: accepts })).answered
      expect(form.decode(answer)).toEqual({ description: name, isGzip })
    },
  )

  test('a client that compresses its request, and does not say what it accepts, gets a compressed answer', async () => {
    const body = form.encode(large)
    const isEnveloped = form.compression === 'grpc-encoding'
    const packed = isEnveloped ? envelope(gzipSync(body.subarray(5)), { compressed: true }) : gzipSync(body)
    const headers = { 'content-type': form.type, [form.compression]: 'gzip' }
    expect(form.decode(await serve({ headers, body: [packed] }).answered)).toEqual({ description: large, isGzip: true })
  })

  test('the refusal of an unknown compression says which one is accepted', async () => {
    const answer = await serve(post(form, 'a', { [form.compression]: 'br' })).answered
    expect(codeOf(form.errorOf(answer).code)).toBe('unimplemented')
    const said = `${JSON.stringify(answer.headers)}${answer.body}`
    expect(said).toMatch(new RegExp(`${form.accepts}(":"|: )gzip`))
  })

  test('a call is answered at its deadline, and its signal aborts, although its use case goes on', async () => {
    let signal: AbortSignal | undefined
    const run: Run = (_name, context) => {
      signal = context.signal
      return new Promise(() => {})
    }
    const { answered } = serve(post(form, 'a', { [form.deadline]: shortly(form) }), {
      run,
    })
    const { code, message } = form.errorOf(await answered)
    expect([codeOf(code), message]).toEqual([
      'deadlineexceeded',
      'the deadline of the call has passed; send it again with a later deadline.',
    ])
    expect(signal?.aborted).toBe(true)
  })

  test('the signal of a call is aborted even if its use case asks for it after the deadline', async () => {
    const asked = Promise.withResolvers<boolean>()
    const late = Promise.withResolvers<void>()
    const run: Run = async (name, context) => {
      await late.promise
      asked.resolve(context.signal.aborted)
      return name
    }
    await serve(post(form, 'a', { [form.deadline]: shortly(form) }), { run }).answered
    late.resolve()
    expect(await asked.promise).toBe(true)
  })

  test.each([
    ['0', 'before the body is read'],
    ['20', 'while the body arrives'],
  ])('a use case does not begin after a deadline of %s ms, which passes %s', async (ms) => {
    const begun: string[] = []
    const run: Run = async (name) => {
      begun.push(name)
      return name
    }
    const rest = Promise.withResolvers<Uint8Array>()
    const [first, second] = [form.encode('a').subarray(0, 2), form.encode('a').subarray(2)]
    const headers = { 'content-type': form.type, [form.deadline]: form.deadline === 'grpc-timeout' ? `${ms}m` : ms }
    const { exchange, answered } = serve({ headers, body: [first, rest.promise] }, { run })
    expect(codeOf(form.errorOf(await answered).code)).toBe('deadlineexceeded')
    rest.resolve(second)
    await new Promise((resolve) => exchange.source.once('end', resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect(begun).toEqual([])
  })

  test('a deadline is not longer than a server allows', async () => {
    let deadline: number | undefined
    const run: Run = async (name, context) => {
      deadline = context.deadline
      return name
    }
    const long = form.deadline === 'grpc-timeout' ? '99999999H' : '9999999999'
    await serve(post(form, 'a', { [form.deadline]: long }), { run, limits: { deadlineMs: 30_000 } }).answered
    expect(deadline).toBeLessThanOrEqual(Date.now() + 30_000)
  })

  test('an unexpected error of a use case is logged once, and its text stays in the log', async () => {
    const run: Run = async () => {
      throw new Error('secret')
    }
    const { answered, lines } = serve(post(form, 'a'), { run })
    expect(form.errorOf(await answered)).toMatchObject({ message: 'internal error' })
    expect(lines.map(({ message }) => message)).toEqual(['a call failed'])
  })

  test('headers and trailers of a method are part of the answer, of an error, too', async () => {
    const setBoth = ({ metadata }: CallContext) => {
      metadata.responseHeaders.append('x-head', 'h')
      metadata.responseTrailers.append('x-trail', 't')
    }
    const said = ({ headers, trailers, body }: Answer) => `${JSON.stringify({ ...headers, ...trailers })}${body}`
    const isThere = /^(?=.*x-head":"h").*(x-trail":"t"|x-trail: t)/s
    const succeeding: Run = async (name, context) => {
      setBoth(context)
      return name
    }
    expect(said(await serve(post(form, 'a'), { run: succeeding }).answered)).toMatch(isThere)
    const failing: Run = async (_name, context) => {
      setBoth(context)
      throw new ConnectError('no', Code.Aborted)
    }
    expect(said(await serve(post(form, 'a'), { run: failing }).answered)).toMatch(isThere)
  })

  test.each(['PUT', 'HEAD', 'OPTIONS', 'DELETE'])(
    'the method %s is refused with the methods that are allowed',
    async (method) => {
      const answer = await serve({ ...post(form, 'a'), method }).answered
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, POST' } })
    },
  )

  test('a client that goes away aborts the signal of its call', async () => {
    const begun = Promise.withResolvers<AbortSignal>()
    const run: Run = (_name, { signal }) => {
      begun.resolve(signal)
      return new Promise(() => {})
    }
    const { exchange } = serve(post(form, 'a'), { run })
    const signal = await begun.promise
    exchange.leave()
    expect(signal.reason).toMatchObject({ code: 'canceled' })
  })
})

test.each(['application/JSON', 'application/json; charset=utf-8', 'application/json;charset=UTF8'])(
  'the content type %s is JSON',
  async (type) => {
    const form = connectForm('application/json', true)
    const answer = await serve({ ...post(form, 'a'), headers: { 'content-type': type } }).answered
    expect(form.decode(answer).description).toBe('a')
    expect(answer.headers['content-type']).toBe('application/json')
  },
)

test.each([
  '',
  'application/jsonx',
  'application/json; charset=latin1',
  'application/grpc-web-text',
  'application/connect+json',
])('the content type "%s" is refused with the list of those that are accepted', async (type) => {
  const answer = await serve({ headers: { 'content-type': type }, body: [json('a')] }).answered
  expect(answer).toMatchObject({ status: 415, headers: { 'accept-post': expect.stringContaining('application/grpc') } })
})

test('a message whose head says that it is too large is refused before the rest arrives', async () => {
  const head = envelope(new Uint8Array(), { length: defaultLimits.bodyBytes + 1 })
  const never = new Promise<Uint8Array>(() => {})
  const { answered } = serve({ headers: { 'content-type': 'application/grpc' }, body: [head, never] })
  expect((await answered).headers['grpc-status']).toBe(String(Code.ResourceExhausted))
})

test('a compressed message without the name of its compression is internal by the specification, and is not logged', async () => {
  const body = [envelope(gzipSync(proto('a')), { compressed: true })]
  const { answered, lines } = serve({ headers: { 'content-type': 'application/grpc' }, body })
  expect((await answered).headers['grpc-status']).toBe(String(Code.Internal))
  expect(lines).toEqual([])
})

describe('a Connect GET', () => {
  const ask = (query: string, headers = {}) => serve({ headers }, { query }).answered

  test.each([
    ['encoding=json&message=%7B%22name%22%3A%22a%22%7D', 'JSON in the query'],
    [`encoding=json&base64=1&message=${json('a').toString('base64url')}`, 'JSON in base64'],
    [`encoding=proto&base64=1&connect=v1&message=${Buffer.from(proto('a')).toString('base64url')}`, 'protobuf'],
    [`encoding=json&base64=1&compression=gzip&message=${gzipSync(json('a')).toString('base64url')}`, 'gzip'],
  ])('a Connect GET with the query %s is answered like a POST (%s)', async (query) => {
    const answer = await ask(query)
    const form = connectForm('', query.startsWith('encoding=json'))
    expect(answer.status).toBe(200)
    expect(form.decode(answer).description).toBe('a')
  })

  test('a Connect GET may have a content type of Connect, and no other', async () => {
    const query = 'encoding=json&message=%7B%7D'
    expect(await ask(query, { 'content-type': 'application/json' })).toMatchObject({ status: 200 })
    expect(await ask(query, { 'content-type': 'application/grpc' })).toMatchObject({ status: 415 })
  })

  test('the body of a Connect GET is read and dropped', async () => {
    const { exchange, answered } = serve(
      { method: 'GET', body: [json('a')] },
      { query: 'encoding=json&message=%7B%7D' },
    )
    expect(await answered).toMatchObject({ status: 200 })
    await new Promise((resolve) => exchange.source.once('end', resolve))
  })
})

test('an error over Connect has its details in JSON', async () => {
  const run: Run = async () => {
    throw new ConnectError('no', Code.NotFound, undefined, [{ desc: GetRequestSchema, value: { name: 'b' } }])
  }
  const form = connectForm('application/json', true)
  const { details } = JSON.parse(String((await serve(post(form, 'a'), { run }).answered).body))
  expect(details).toMatchObject([{ type: GetRequestSchema.typeName }])
  expect(fromJson(GetRequestSchema, details[0].debug as JsonValue).name).toBe('b')
})
