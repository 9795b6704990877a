import { randomBytes } from 'node:crypto'
import { connect } from 'node:http2'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Answer, readConnectAnswer, readRestAnswer } from '../../support/api.ts'
import { attackedServer, expectRefused, expectRestError, messageOf } from '../../support/hostile.ts'
import { peakGrowth } from '../../support/process-memory.ts'
import { exchange } from '../../support/raw-http.ts'
import { envelope, streamExchange } from '../../support/raw-http2.ts'
import { sendJson } from '../../support/send-json.ts'
import { sqliteStorage } from '../../support/storage.ts'

const MIB = 1024 * 1024
const PATH = '/services/my-org/victim'
const RPC_PATH = '/waypost.v1.ServiceRegistry/Register'
const VALID = '{"namespace":"my-org","name":"victim","revision_tag":"1.0.0"}'
const TOO_LARGE = { status: 413, code: 'resource_exhausted', says: /1048576|1 MiB/ } as const
const RESOURCE_EXHAUSTED = '8'

// What a server may need beside the bytes that it keeps: buffers, and garbage that was not collected yet.
const FLAT_MIB = 100

const withoutSize = (answer: Answer | undefined) => answer && messageOf(answer)?.replace(/has \d+ bytes/, 'has')

/** A valid request, with spaces up to this size. */
const padded = (size: number) => Buffer.from(VALID.padEnd(size))
const valid = Buffer.from(VALID)
const validProto = Buffer.from('\x0a\x06my-org\x12\x06victim\x1a\x051.0.0')
const grpcHeaders = { ':path': RPC_PATH, 'content-type': 'application/grpc', te: 'trailers' }
const jsonHead = (path: string, headers: string) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`

function* chunked(body: Uint8Array, size = 64 * 1024): Generator<Uint8Array> {
  for (let start = 0; start < body.byteLength; start += size) {
    const chunk = body.subarray(start, start + size)
    yield Buffer.concat([Buffer.from(`${chunk.byteLength.toString(16)}\r\n`), chunk, Buffer.from('\r\n')])
  }
  yield Buffer.from('0\r\n\r\n')
}

describe('Too large a request', () => {
  const target = attackedServer(sqliteStorage)

  test('Too large a request is none where its body has 1 MiB, in each protocol', async () => {
    target.stored(1)
    expect(readRestAnswer('register', await sendJson(target.url, PATH, { body: padded(MIB) }))).toMatchObject({
      ok: true,
      status: 201,
    })
    expect(readConnectAnswer('register', await sendJson(target.url, RPC_PATH, { body: padded(MIB) }))).toMatchObject({
      ok: true,
    })
    // Field 15 is unknown, and is ignored.
    const unknown = Buffer.concat([Buffer.from([0x7a, 0x80, 0x80, 0x3c]), Buffer.alloc(0x0f0000)])
    const answer = await streamExchange(target.url, grpcHeaders, envelope(Buffer.concat([validProto, unknown])))
    expect(answer.trailers).toMatchObject({ 'grpc-status': '0' })
  })

  test('Too large a request is refused in the same words by each protocol, where its body has one byte more', async () => {
    const body = padded(MIB + 1)
    const rest = readRestAnswer('register', await sendJson(target.url, PATH, { body }))
    expectRefused(rest, TOO_LARGE, 'REST')
    const connect = readConnectAnswer('register', await sendJson(target.url, RPC_PATH, { body }))
    expectRefused(connect, TOO_LARGE, 'Connect')
    const grpc = target.apis.find(({ protocol }) => protocol === 'gRPC')
    const request = { namespace: 'my-org', name: 'victim', revision_tag: 'a'.repeat(MIB + 1) }
    const answer = await grpc?.attempt('register', request)
    expectRefused(answer as typeof connect, TOO_LARGE, 'gRPC')
    expect(messageOf(connect)).toBe(messageOf(rest))
    // The message itself is larger, because the tag is all of it.
    expect(withoutSize(answer)).toEqual(withoutSize(rest))
  })

  describe.each([
    ['REST', PATH, 413],
    ['Connect', RPC_PATH, 429],
  ])('over %s', (protocol, path, status) => {
    const expectTooLarge = (text: string) => {
      const answer = { status, text, headers: {} }
      expectRefused(
        protocol === 'REST' ? readRestAnswer('register', answer) : readConnectAnswer('register', answer),
        TOO_LARGE,
        protocol as 'REST',
      )
    }

    test('is refused where it comes in chunks, without a length', async () => {
      const head = Buffer.from(jsonHead(path, 'Transfer-Encoding: chunked'))
      const answer = await exchange(target.url, [head, ...chunked(padded(2 * MIB))])
      expect(answer).toMatchObject({ status })
      expectTooLarge(answer.text)
    })

    test.each([
      ['a little over 1 MiB', MIB + 1],
      ['4 GiB', 4 * 1024 * MIB],
    ])('is refused by its Content-Length of %s alone, whatever comes', async (_size, length) => {
      let answer = { status: undefined as number | undefined, text: '' }
      const growth = await peakGrowth(target.pid, async () => {
        answer = await exchange(target.url, `${jsonHead(path, `Content-Length: ${length}`)}${VALID}`)
      })
      expect(answer).toMatchObject({ status })
      expectTooLarge(answer.text)
      expect(growth).toBeLessThan(FLAT_MIB)
    })

    test.each([
      ['larger than the body, whose sender dies', `Content-Length: ${VALID.length + 1000}`],
      ['smaller than the body', 'Content-Length: 20'],
      ['not a number', 'Content-Length: many'],
      ['negative', 'Content-Length: -1'],
      ['beyond 64 bits', 'Content-Length: 99999999999999999999999999'],
      ['said twice, differently', 'Content-Length: 20\r\nContent-Length: 30'],
      ['beside Transfer-Encoding', `Content-Length: ${VALID.length}\r\nTransfer-Encoding: chunked`],
    ])('registers nothing where its Content-Length is %s', async (_reason, headers) => {
      const answer = await exchange(target.url, jsonHead(path, headers) + VALID, { halfClose: true })
      expect([undefined, 400, 413, 429], answer.text).toContain(answer.status)
      if (answer.status === undefined) expect(answer.closed).toBe(true)
    })
  })

  test('Too large a request registers nothing where an HTTP/2 stream carries more or less than its content-length', async () => {
    for (const length of [10, VALID.length + 10, 4 * 1024 * MIB]) {
      const headers = { ':path': PATH, 'content-type': 'application/json', 'content-length': length }
      const { status, error } = await streamExchange(target.url, headers, VALID)
      // A stream that is reset is answered too.
      if (status === undefined) expect(error, String(length)).not.toBe('no answer in time')
      else expect([400, 413], String(length)).toContain(status)
    }
  })

  test('Too large a request is refused over HTTP/2 as over HTTP/1.1', async () => {
    const headers = { ':path': PATH, 'content-type': 'application/json' }
    const answer = await streamExchange(target.url, headers, padded(2 * MIB))
    expect(answer).toMatchObject({ status: 413 })
    expectRestError(answer.text, 'REQUEST_TOO_LARGE')
  })
})

describe('A gzip bomb', () => {
  const target = attackedServer(sqliteStorage)
  const inflated = Buffer.alloc(200 * 1000 * 1000, 'a')
  inflated.write('{"namespace":"my-org","name":"victim","revision_tag":"')
  inflated.write('"}', inflated.byteLength - 2)
  const bomb = gzipSync(inflated)
  const gzip = { 'content-encoding': 'gzip' }

  test('A gzip bomb has 200 kB that unpack to 200 MB', () => {
    expect(bomb.byteLength).toBeLessThan(300_000)
  })

  const envelopeHeaders = { ...grpcHeaders, 'grpc-encoding': 'gzip' }
  const deliveries = {
    REST: async (body: Buffer) =>
      expectRefused(
        readRestAnswer('register', await sendJson(target.url, PATH, { body: body, headers: gzip })),
        TOO_LARGE,
        'REST',
      ),
    Connect: async (body: Buffer) =>
      expectRefused(
        readConnectAnswer('register', await sendJson(target.url, RPC_PATH, { body: body, headers: gzip })),
        TOO_LARGE,
        'Connect',
      ),
    gRPC: async (body: Buffer) => {
      const answer = await streamExchange(target.url, envelopeHeaders, envelope(body, { compressed: true }))
      expect({ ...answer.headers, ...answer.trailers }).toMatchObject({ 'grpc-status': RESOURCE_EXHAUSTED })
    },
    'gRPC-Web': async (body: Buffer) => {
      const headers = { 'content-type': 'application/grpc-web+proto', 'grpc-encoding': 'gzip' }
      const { text } = await sendJson(target.url, RPC_PATH, { body: envelope(body, { compressed: true }), headers })
      expect(text).toMatch(/grpc-status: ?8/)
    },
  }
  test.each(Object.entries(deliveries))(
    'A gzip bomb is refused over %s, and memory stays flat',
    async (_protocol, deliver) => {
      const growth = await peakGrowth(target.pid, () => Promise.all([1, 2, 3, 4].map(() => deliver(bomb))))
      expect(growth).toBeLessThan(FLAT_MIB)
    },
  )

  test('A gzip bomb is told from an honest gzip, which each protocol reads', async () => {
    target.stored(1)
    const honest = gzipSync(valid)
    expect(readRestAnswer('register', await sendJson(target.url, PATH, { body: honest, headers: gzip }))).toMatchObject(
      { status: 201 },
    )
    expect(
      readConnectAnswer('register', await sendJson(target.url, RPC_PATH, { body: honest, headers: gzip })),
    ).toMatchObject({ ok: true })
    const message = envelope(gzipSync(validProto), { compressed: true })
    const { trailers } = await streamExchange(target.url, envelopeHeaders, message)
    expect(trailers).toMatchObject({ 'grpc-status': '0' })
  })

  test.each([
    ['cut short', gzipSync(randomBytes(1000)).subarray(0, 500), 'gzip', 400],
    ['none at all', valid, 'gzip', 400],
    ['Brotli, which is not accepted', brotliCompressSync(valid), 'br', 415],
    ['deflate, which is not accepted', valid, 'deflate', 415],
    ['gzip in gzip', gzipSync(gzipSync(valid)), 'gzip, gzip', 415],
  ])('is refused like any other body whose compression is %s', async (_reason, body, encoding, status) => {
    const headers = { 'content-encoding': encoding }
    const rest = await sendJson(target.url, PATH, { body: body, headers })
    expect(rest.status).toBe(status)
    expectRestError(rest.text, status === 415 ? 'UNSUPPORTED_MEDIA_TYPE' : 'INVALID_REQUEST')
    const connect = readConnectAnswer('register', await sendJson(target.url, RPC_PATH, { body: body, headers }))
    // Connect's own specification asks for `unimplemented` if the encoding is unknown.
    const code = status === 415 ? 'unimplemented' : 'invalid_argument'
    expect(connect).toMatchObject({ ok: false, error: { code } })
  })
})

describe('The limits of a connection', () => {
  const target = attackedServer(sqliteStorage)

  test('The limits of a connection allow headers of some kilobytes, and refuse a megabyte of them', async () => {
    const withHeader = (size: number) => `GET /livez HTTP/1.1\r\nHost: a\r\nX-Padding: ${'a'.repeat(size)}\r\n\r\n`
    expect(await exchange(target.url, withHeader(4_000))).toMatchObject({ status: 200 })
    expect([400, 413, 431, undefined]).toContain((await exchange(target.url, withHeader(MIB))).status)
  })

  test('The limits of a connection allow a bounded number of streams on one HTTP/2 session', async () => {
    const session = connect(target.url)
    const settings = await new Promise<{ maxConcurrentStreams?: number }>((resolve) => {
      session.once('remoteSettings', resolve)
    })
    session.destroy()
    expect(settings.maxConcurrentStreams).toBeLessThanOrEqual(1000)
  })

  test.each([
    ['connect-timeout-ms', '4294967296', 'beyond 32 bits, where a timer of Node would fire at once'],
    ['connect-timeout-ms', '9999999999', 'the longest that Connect can say'],
    ['grpc-timeout', '99999999H', 'the longest that gRPC can say'],
  ])('take the deadline %s: %s as a long one: %s', async (header, value) => {
    // Node would fire a timer beyond 2^31 after one millisecond: many calls, so that one of them would be late.
    for (let attempt = 0; attempt < 20; attempt++) {
      const name = `deadline-${attempt}`
      const call = JSON.stringify({ namespace: 'my-org', name })
      const get = '/waypost.v1.ServiceRegistry/Get'
      if (header === 'connect-timeout-ms') {
        const answer = readConnectAnswer(
          'register',
          await sendJson(target.url, get, { body: Buffer.from(call), headers: { [header]: value } }),
        )
        expect(answer).toMatchObject({ error: { code: 'not_found' } })
      } else {
        const message = Buffer.concat([Buffer.from(`\x0a\x06my-org\x12${String.fromCharCode(name.length)}${name}`)])
        const headers = { ...grpcHeaders, ':path': get, [header]: value }
        const answer = await streamExchange(target.url, headers, envelope(message))
        expect({ ...answer.headers, ...answer.trailers }).toMatchObject({ 'grpc-status': '5' })
      }
    }
  })

  test.each(['soon', '-1', '1.5', '99999999999'])('refuse the Connect-Timeout-Ms %s', async (value) => {
    const headers = { 'connect-timeout-ms': value }
    const answer = readConnectAnswer('register', await sendJson(target.url, RPC_PATH, { body: valid, headers }))
    expectRefused(answer, {}, 'Connect')
  })
})
