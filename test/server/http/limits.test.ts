import { randomBytes } from 'node:crypto'
import { connect } from 'node:http2'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/server/limits.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { attackedServer, expectErrorBody, expectRefused } from '../../support/hostile.ts'
import { peakGrowth } from '../../support/process-memory.ts'
import { connectAnswer, restAnswer, sendJson } from '../../support/protocols.ts'
import { exchange, flood, openSocket, readAnswer } from '../../support/raw-http.ts'
import { envelope, streamExchange } from '../../support/raw-http2.ts'
import { sqliteStorage } from '../../support/storage.ts'

const MIB = 1024 * 1024
const PATH = '/services/my-org/victim'
const RPC_PATH = '/waypost.v1.ServiceRegistry/Register'
const VALID = '{"namespace":"my-org","name":"victim","revision_tag":"1.0.0"}'
const TOO_LARGE = { status: 413, code: 'resource_exhausted', says: /1048576|1 MiB/ } as const
const RESOURCE_EXHAUSTED = '8'

// What a server may need beside the bytes that it keeps: buffers, and garbage that was not collected yet.
const FLAT_MIB = 100

// The server's own limits are 10 s for a head, 20 s for a request and 30 s for a call.
const STALLED_MS = 45_000

const withoutSize = (answer?: { readonly ok: boolean; readonly message?: string }) =>
  answer?.message?.replace(/message size \d+/, 'message size')

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

describeOnEachStore('Too large a request', (createStorage) => {
  const target = attackedServer(createStorage)

  it('is none where its body has 1 MiB, in each protocol', async () => {
    target.stored(1)
    expect(restAnswer(await sendJson(target.url, PATH, padded(MIB)))).toMatchObject({ ok: true, status: 201 })
    expect(connectAnswer(await sendJson(target.url, RPC_PATH, padded(MIB)))).toMatchObject({ ok: true })
    // Field 15 is unknown, and is ignored.
    const unknown = Buffer.concat([Buffer.from([0x7a, 0x80, 0x80, 0x3c]), Buffer.alloc(0x0f0000)])
    const answer = await streamExchange(target.url, grpcHeaders, envelope(Buffer.concat([validProto, unknown])))
    expect(answer.trailers).toMatchObject({ 'grpc-status': '0' })
  })

  it('is refused in the same words by each protocol, where its body has one byte more', async () => {
    const body = padded(MIB + 1)
    const rest = restAnswer(await sendJson(target.url, PATH, body))
    expectRefused(rest, TOO_LARGE, 'REST')
    const connect = connectAnswer(await sendJson(target.url, RPC_PATH, body))
    expectRefused(connect, TOO_LARGE, 'Connect')
    const [, , grpc] = target.callers
    const call = { namespace: 'my-org', name: 'victim', revision_tag: 'a'.repeat(MIB + 1) }
    const answer = await grpc?.register(call)
    expectRefused(answer as typeof connect, TOO_LARGE, 'gRPC')
    expect(connect).toMatchObject({ message: !rest.ok && rest.message })
    // The message itself is larger, because the tag is all of it.
    expect(withoutSize(answer)).toEqual(withoutSize(rest))
  })

  describe.each([
    ['REST', PATH, 413],
    ['Connect', RPC_PATH, 429],
  ])('over %s', (protocol, path, status) => {
    const expectTooLarge = (text: string) => {
      const answer = { status, text }
      expectRefused(protocol === 'REST' ? restAnswer(answer) : connectAnswer(answer), TOO_LARGE, protocol as 'REST')
    }

    it('is refused where it comes in chunks, without a length', async () => {
      const head = Buffer.from(jsonHead(path, 'Transfer-Encoding: chunked'))
      const answer = await exchange(target.url, [head, ...chunked(padded(2 * MIB))])
      expect(answer).toMatchObject({ status })
      expectTooLarge(answer.text)
    })

    it.each([
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

    it.each([
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

    it('registers nothing where it goes on and on, memory stays flat, and the sender is not left hanging', async () => {
      const head = Buffer.from(`${jsonHead(path, 'Transfer-Encoding: chunked')}3d\r\n${VALID}\r\n`)
      const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, ' '), Buffer.from('\r\n')])
      const chunks = [head, ...Array.from({ length: 2048 }, () => chunk)]
      const growth = await peakGrowth(target.pid, async () => {
        const answer = await flood(target.url, chunks, STALLED_MS)
        expect([undefined, status]).toContain(answer.status)
        expect(answer.isStalled, 'the server neither reads on nor hangs up').toBe(false)
      })
      expect(growth).toBeLessThan(FLAT_MIB)
    })
  })

  it('registers nothing where an HTTP/2 stream carries more or less than its content-length', async () => {
    for (const length of [10, VALID.length + 10, 4 * 1024 * MIB]) {
      const headers = { ':path': PATH, 'content-type': 'application/json', 'content-length': length }
      const { status, error } = await streamExchange(target.url, headers, VALID)
      // A stream that is reset is answered too.
      if (status === undefined) expect(error, String(length)).not.toBe('no answer in time')
      else expect([400, 413], String(length)).toContain(status)
    }
  })

  it('is refused over HTTP/2 as over HTTP/1.1', async () => {
    const headers = { ':path': PATH, 'content-type': 'application/json' }
    const answer = await streamExchange(target.url, headers, padded(2 * MIB))
    expect(answer).toMatchObject({ status: 413 })
    expectErrorBody(answer.text)
  })
})

describe('A gzip bomb', () => {
  const target = attackedServer(sqliteStorage)
  const inflated = Buffer.alloc(200 * 1000 * 1000, 'a')
  inflated.write('{"namespace":"my-org","name":"victim","revision_tag":"')
  inflated.write('"}', inflated.byteLength - 2)
  const bomb = gzipSync(inflated)
  const gzip = { 'content-encoding': 'gzip' }

  it('has 200 kB that unpack to 200 MB', () => {
    expect(bomb.byteLength).toBeLessThan(300_000)
  })

  const envelopeHeaders = { ...grpcHeaders, 'grpc-encoding': 'gzip' }
  const deliveries = {
    REST: async (body: Buffer) =>
      expectRefused(restAnswer(await sendJson(target.url, PATH, body, { headers: gzip })), TOO_LARGE, 'REST'),
    Connect: async (body: Buffer) =>
      expectRefused(connectAnswer(await sendJson(target.url, RPC_PATH, body, { headers: gzip })), TOO_LARGE, 'Connect'),
    gRPC: async (body: Buffer) => {
      const answer = await streamExchange(target.url, envelopeHeaders, envelope(body, { compressed: true }))
      expect({ ...answer.headers, ...answer.trailers }).toMatchObject({ 'grpc-status': RESOURCE_EXHAUSTED })
    },
    'gRPC-Web': async (body: Buffer) => {
      const headers = { 'content-type': 'application/grpc-web+proto', 'grpc-encoding': 'gzip' }
      const { text } = await sendJson(target.url, RPC_PATH, envelope(body, { compressed: true }), { headers })
      expect(text).toMatch(/grpc-status: ?8/)
    },
  }
  it.each(Object.entries(deliveries))('is refused over %s, and memory stays flat', async (_protocol, deliver) => {
    const growth = await peakGrowth(target.pid, () => Promise.all([1, 2, 3, 4].map(() => deliver(bomb))))
    expect(growth).toBeLessThan(FLAT_MIB)
  })

  it('is told from an honest gzip, which each protocol reads', async () => {
    target.stored(1)
    const honest = gzipSync(valid)
    expect(restAnswer(await sendJson(target.url, PATH, honest, { headers: gzip }))).toMatchObject({ status: 201 })
    expect(connectAnswer(await sendJson(target.url, RPC_PATH, honest, { headers: gzip }))).toMatchObject({ ok: true })
    const message = envelope(gzipSync(validProto), { compressed: true })
    const { trailers } = await streamExchange(target.url, envelopeHeaders, message)
    expect(trailers).toMatchObject({ 'grpc-status': '0' })
  })

  it.each([
    ['cut short', gzipSync(randomBytes(1000)).subarray(0, 500), 'gzip'],
    ['none at all', valid, 'gzip'],
    ['Brotli, which is not accepted', brotliCompressSync(valid), 'br'],
    ['deflate, which is not accepted', valid, 'deflate'],
    ['gzip in gzip', gzipSync(gzipSync(valid)), 'gzip, gzip'],
  ])('is refused like any other body whose compression is %s', async (_reason, body, encoding) => {
    const headers = { 'content-encoding': encoding }
    const rest = await sendJson(target.url, PATH, body, { headers })
    expect([400, 415]).toContain(rest.status)
    expectErrorBody(rest.text)
    const connect = connectAnswer(await sendJson(target.url, RPC_PATH, body, { headers }))
    // Connect's own specification asks for `unimplemented` where the encoding is unknown.
    expect(['invalid_argument', 'unimplemented'], JSON.stringify(connect)).toContain(!connect.ok && connect.code)
  })
})

describe('The limits of a connection', () => {
  const target = attackedServer(sqliteStorage)

  it('allow headers of some kilobytes, and refuse a megabyte of them', async () => {
    const withHeader = (size: number) => `GET /livez HTTP/1.1\r\nHost: a\r\nX-Padding: ${'a'.repeat(size)}\r\n\r\n`
    expect(await exchange(target.url, withHeader(4_000))).toMatchObject({ status: 200 })
    expect([400, 413, 431, undefined]).toContain((await exchange(target.url, withHeader(MIB))).status)
  })

  it('allow a bounded number of streams on one HTTP/2 session', async () => {
    const session = connect(target.url)
    const settings = await new Promise<{ maxConcurrentStreams?: number }>((resolve) => {
      session.once('remoteSettings', resolve)
    })
    session.destroy()
    expect(settings.maxConcurrentStreams).toBeLessThanOrEqual(1000)
  })

  it.each([
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
        const answer = connectAnswer(
          await sendJson(target.url, get, Buffer.from(call), { headers: { [header]: value } }),
        )
        expect(answer).toMatchObject({ code: 'not_found' })
      } else {
        const message = Buffer.concat([Buffer.from(`\x0a\x06my-org\x12${String.fromCharCode(name.length)}${name}`)])
        const headers = { ...grpcHeaders, ':path': get, [header]: value }
        const answer = await streamExchange(target.url, headers, envelope(message))
        expect({ ...answer.headers, ...answer.trailers }).toMatchObject({ 'grpc-status': '5' })
      }
    }
  })

  it.each(['soon', '-1', '1.5', '99999999999'])('refuse the Connect-Timeout-Ms %s', async (value) => {
    const headers = { 'connect-timeout-ms': value }
    const answer = connectAnswer(await sendJson(target.url, RPC_PATH, valid, { headers }))
    expectRefused(answer, {}, 'Connect')
  })

  it('keep a connection on which a request was answered before it was read to its end', async () => {
    const socket = openSocket(target.url)
    const refused = readAnswer(socket)
    const body = envelope(Buffer.alloc(2 * MIB))
    const head = `POST ${RPC_PATH} HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc-web+proto\r\n`
    socket.write(`${head}Content-Length: ${body.byteLength}\r\n\r\n`)
    socket.write(body)
    expect(await refused).toMatchObject({ status: 200, closed: false, text: expect.stringContaining('grpc-status: 8') })
    // Longer than the server reads on for an answered request.
    await new Promise((resolve) => setTimeout(resolve, limits.drainMs + 1_000))
    const next = readAnswer(socket)
    socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await next).toMatchObject({ status: 200 })
    socket.destroy()
  })

  describe.concurrent('end one that', () => {
    it.concurrent.each([
      ['never sends a byte', ''],
      ['sends half a head', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-'],
      ['sends half of what begins HTTP/2', 'PRI * HTTP/2.0\r\n'],
      ['sends half a body over REST', `${jsonHead(PATH, 'Content-Length: 1000')}{"revision`],
      ['sends half a body over Connect', `${jsonHead(RPC_PATH, 'Content-Length: 1000')}{"revision`],
    ])(
      '%s',
      async (_reason, bytes) => {
        const socket = openSocket(target.url)
        const answer = readAnswer(socket, STALLED_MS)
        if (bytes !== '') socket.write(bytes)
        const { status, closed } = await answer
        socket.destroy()
        if (status === undefined) expect(closed).toBe(true)
        else expect(status).toBeGreaterThanOrEqual(400)
      },
      60_000,
    )

    it.concurrent.each([
      ['REST', { ':path': PATH, 'content-type': 'application/json' }],
      ['Connect', { ':path': RPC_PATH, 'content-type': 'application/json' }],
      ['gRPC', grpcHeaders],
    ])(
      'never ends the body of a %s call over HTTP/2',
      async (_protocol, headers) => {
        const { status, error } = await streamExchange(target.url, headers, undefined, STALLED_MS)
        expect(error).not.toBe('no answer in time')
        expect(status ?? error).toBeDefined()
      },
      60_000,
    )
  })
})
