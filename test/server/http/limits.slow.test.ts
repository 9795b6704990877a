import { describe, expect, test } from 'vitest'
import { defaultLimits as limits } from '../../../src/server/limits.ts'
import { attackedServer } from '../../support/hostile.ts'
import { peakGrowth } from '../../support/process-memory.ts'
import { flood, openSocket, readAnswer } from '../../support/raw-http.ts'
import { envelope, streamExchange } from '../../support/raw-http2.ts'
import { sqliteStorage } from '../../support/storage.ts'

const MIB = 1024 * 1024
const PATH = '/services/my-org/victim'
const RPC_PATH = '/waypost.v1.ServiceRegistry/Register'
const VALID = '{"namespace":"my-org","name":"victim","revision_tag":"1.0.0"}'

// A server may need this much memory for buffers and for garbage that was not collected yet.
const FLAT_MIB = 100

// The server's own limits are 10 s for a head, 20 s for a request and 30 s for a call.
const STALLED_MS = 45_000

const grpcHeaders = { ':path': RPC_PATH, 'content-type': 'application/grpc', te: 'trailers' }
const jsonHead = (path: string, headers: string) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`

describe('a request that is too large', () => {
  const target = attackedServer(sqliteStorage)

  describe.each([
    ['REST', PATH, 413],
    ['Connect', RPC_PATH, 429],
  ])('over %s', (_protocol, path, status) => {
    test('a body without end registers nothing, memory stays flat, and its sender is not left hanging', async () => {
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
})

describe('the limits of a connection', () => {
  const target = attackedServer(sqliteStorage)

  test('a connection stays open after a request was refused before its whole body was read', async () => {
    const socket = openSocket(target.url)
    const refused = readAnswer(socket)
    const body = envelope(Buffer.alloc(2 * MIB))
    const head = `POST ${RPC_PATH} HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc-web+proto\r\n`
    socket.write(`${head}Content-Length: ${body.byteLength}\r\n\r\n`)
    socket.write(body)
    expect(await refused).toMatchObject({ status: 200, closed: false, text: expect.stringContaining('grpc-status: 8') })
    // The server drains an answered request for a shorter time than this.
    await new Promise((resolve) => setTimeout(resolve, limits.drainMs + 1_000))
    const next = readAnswer(socket)
    socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await next).toMatchObject({ status: 200 })
    socket.destroy()
  })

  describe.concurrent('a stalled client', () => {
    test.concurrent.each([
      ['never sends a byte', ''],
      ['sends half a head', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-'],
      ['sends half of the HTTP/2 preface', 'PRI * HTTP/2.0\r\n'],
      ['sends half a body over REST', `${jsonHead(PATH, 'Content-Length: 1000')}{"revision`],
      ['sends half a body over Connect', `${jsonHead(RPC_PATH, 'Content-Length: 1000')}{"revision`],
    ])(
      'a client that %s is disconnected',
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

    test.concurrent.each([
      ['REST', { ':path': PATH, 'content-type': 'application/json' }],
      ['Connect', { ':path': RPC_PATH, 'content-type': 'application/json' }],
      ['gRPC', grpcHeaders],
    ])(
      'a %s call over HTTP/2 whose body never ends is refused or reset',
      async (_protocol, headers) => {
        const { status, error, ...answer } = await streamExchange(target.url, headers, undefined, STALLED_MS)
        // The server either refuses the call or resets the stream. It never acknowledges it.
        if (status === undefined) expect(error).toMatch(/^NGHTTP2_/)
        else if (status === 200)
          expect(Number({ ...answer.headers, ...answer.trailers }['grpc-status'])).toBeGreaterThan(0)
        else expect(status).toBeGreaterThanOrEqual(400)
      },
      60_000,
    )
  })
})
