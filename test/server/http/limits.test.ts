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

// A server may need this much memory for buffers and for garbage that was not collected yet.
const FLAT_MIB = 100

const withoutSize = (answer: Answer | undefined) => answer && messageOf(answer)?.replace(/has \d+ bytes/, 'has')

/** A valid request that is padded with spaces to this size. */
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

describe('a request that is too large', () => {
  const target = attackedServer(sqliteStorage)

  test('a body of 1 MiB is accepted by each protocol', async () => {
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

  test('a body of 1 MiB and one byte is refused by each protocol with the same message', async () => {
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
    // The size in the message differs, because here the tag alone is larger than the limit.
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

    test(`a ${protocol} body of 2 MiB that comes in chunks is refused`, async () => {
      const head = Buffer.from(jsonHead(path, 'Transfer-Encoding: chunked'))
      const answer = await exchange(target.url, [head, ...chunked(padded(2 * MIB))])
      expect(answer).toMatchObject({ status })
      expectTooLarge(answer.text)
    })

    test.each([
      ['a little over 1 MiB', MIB + 1],
      ['4 GiB', 4 * 1024 * MIB],
    ])('a body with a Content-Length of %s is refused before the body arrives', async (_size, length) => {
      let answer = { status: undefined as number | undefined, text: '' }
      const growth = await peakGrowth(target.pid, async () => {
        answer = await exchange(target.url, `${jsonHead(path, `Content-Length: ${length}`)}${VALID}`)
      })
      expect(answer).toMatchObject({ status })
      expectTooLarge(answer.text)
      expect(growth).toBeLessThan(FLAT_MIB)
    })

    test.each([
      ['larger than the body, and its sender dies', `Content-Length: ${VALID.length + 1000}`],
      ['smaller than the body', 'Content-Length: 20'],
      ['not a number', 'Content-Length: many'],
      ['negative', 'Content-Length: -1'],
      ['beyond 64 bits', 'Content-Length: 99999999999999999999999999'],
      ['given twice with different values', 'Content-Length: 20\r\nContent-Length: 30'],
      ['combined with Transfer-Encoding', `Content-Length: ${VALID.length}\r\nTransfer-Encoding: chunked`],
    ])('a request registers nothing if its Content-Length is %s', async (_reason, headers) => {
      const answer = await exchange(target.url, jsonHead(path, headers) + VALID, { halfClose: true })
      expect([undefined, 400, 413, 429], answer.text).toContain(answer.status)
      if (answer.status === undefined) expect(answer.closed).toBe(true)
    })
  })

  test('an HTTP/2 request registers nothing if its body is longer or shorter than its content-length', async () => {
    for (const length of [10, VALID.length + 10, 4 * 1024 * MIB]) {
      const headers = { ':path': PATH, 'content-type': 'application/json', 'content-length': length }
      const { status, error } = await streamExchange(target.url, headers, VALID)
      // A stream that is reset is answered too.
      if (status === undefined) expect(error, String(length)).not.toBe('no answer in time')
      else expect([400, 413], String(length)).toContain(status)
    }
  })

  test('a body that is too large is refused over HTTP/2 with the same error as over HTTP/1.1', async () => {
    const headers = { ':path': PATH, 'content-type': 'application/json' }
    const answer = await streamExchange(target.url, headers, padded(2 * MIB))
    expect(answer).toMatchObject({ status: 413 })
    expectRestError(answer.text, 'REQUEST_TOO_LARGE')
  })
})

describe('a gzip bomb', () => {
  const target = attackedServer(sqliteStorage)
  const inflated = Buffer.alloc(200 * 1000 * 1000, 'a')
  inflated.write('{"namespace":"my-org","name":"victim","revision_tag":"')
  inflated.write('"}', inflated.byteLength - 2)
  const bomb = gzipSync(inflated)
  const gzip = { 'content-encoding': 'gzip' }

  test('the gzip bomb of these tests has at most 300 kB and unpacks to 200 MB', () => {
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
    'a gzip bomb is refused over %s, and memory stays flat',
    async (_protocol, deliver) => {
      const growth = await peakGrowth(target.pid, () => Promise.all([1, 2, 3, 4].map(() => deliver(bomb))))
      expect(growth).toBeLessThan(FLAT_MIB)
    },
  )

  test('an honest gzip body is read by each protocol', async () => {
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
    ['missing', valid, 'gzip', 400],
    ['Brotli, which is not accepted', brotliCompressSync(valid), 'br', 415],
    ['deflate, which is not accepted', valid, 'deflate', 415],
    ['gzip in gzip', gzipSync(gzipSync(valid)), 'gzip, gzip', 415],
  ])('a body whose compression is %s is refused by REST and Connect', async (_reason, body, encoding, status) => {
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

describe('the limits of a connection', () => {
  const target = attackedServer(sqliteStorage)

  test('headers of 4 kB are accepted, and headers of 1 MiB are refused', async () => {
    const withHeader = (size: number) => `GET /livez HTTP/1.1\r\nHost: a\r\nX-Padding: ${'a'.repeat(size)}\r\n\r\n`
    expect(await exchange(target.url, withHeader(4_000))).toMatchObject({ status: 200 })
    expect([400, 413, 431, undefined]).toContain((await exchange(target.url, withHeader(MIB))).status)
  })

  test('an HTTP/2 session has a bounded number of concurrent streams', async () => {
    const session = connect(target.url)
    const settings = await new Promise<{ maxConcurrentStreams?: number }>((resolve) => {
      session.once('remoteSettings', resolve)
    })
    session.destroy()
    expect(settings.maxConcurrentStreams).toBeLessThanOrEqual(1000)
  })

  test.each([
    ['connect-timeout-ms', '4294967296', 'beyond 32 bits, for which a timer of Node would fire at once'],
    ['connect-timeout-ms', '9999999999', 'the longest deadline of Connect'],
    ['grpc-timeout', '99999999H', 'the longest deadline of gRPC'],
  ])('the header %s: %s is accepted as a long deadline (%s)', async (header, value) => {
    // Node fires a timer beyond 2^31 ms after one millisecond. With many calls, at least one would fail that way.
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

  test.each(['soon', '-1', '1.5', '99999999999'])('the Connect-Timeout-Ms %s is refused', async (value) => {
    const headers = { 'connect-timeout-ms': value }
    const answer = readConnectAnswer('register', await sendJson(target.url, RPC_PATH, { body: valid, headers }))
    expectRefused(answer, {}, 'Connect')
  })
})
