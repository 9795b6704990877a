import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { attackedServer } from '../../support/hostile.ts'
import { encodeFrame, encodeHeaders, encodeRequest, frameType, GREETING, PREFACE } from '../../support/http2-frames.ts'
import { openSocket } from '../../support/raw-http.ts'
import { expectNotFound } from '../../support/refusals.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

// The server disconnects a slow client after 7 to 8 seconds, and checks twice a second. The tests wait several times as
// long, because the machine may be busy. A connection without a limit would be kept for a minute at least.
const PATIENCE_MS = 35_000

const REST = '/services/my-org/victim'
const RPC = '/waypost.v1.ServiceRegistry/Register'
const post = (path: string, type = 'application/json') => ({ ':method': 'POST', ':path': path, 'content-type': type })
const head = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`

/** A client that sends some bytes at once and the others at one byte a second. */
interface SlowClient {
  readonly first: Uint8Array
  readonly drip?: Uint8Array
  /** True if the client never reads from its connection. */
  readonly isDeaf?: boolean
}

const noWindow = encodeFrame({ type: frameType.settings, payload: Buffer.from([0, 4, 0, 0, 0, 0]) })
const spaces = Buffer.alloc(1_000, ' ')
/** The head of a DATA frame whose content follows byte by byte. */
const dataHead = encodeFrame({ type: frameType.data, stream: 1, length: 1_000 })

const clients: Readonly<Record<string, SlowClient>> = {
  'never sends a byte': { first: Buffer.alloc(0) },
  'sends the head of an HTTP/1.1 request at 1 byte/s': {
    first: Buffer.alloc(0),
    drip: Buffer.from(`POST ${REST} HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(500)}`),
  },
  'sends a body over REST at 1 byte/s': { first: Buffer.from(head(REST)), drip: spaces },
  'sends a body over Connect at 1 byte/s': { first: Buffer.from(head(RPC)), drip: spaces },
  'sends the preface of HTTP/2 at 1 byte/s': { first: Buffer.alloc(0), drip: PREFACE },
  'sends the preface of HTTP/2 and nothing else': { first: GREETING },
  'sends the headers of an HTTP/2 request at 1 byte/s': {
    first: Buffer.concat([GREETING, encodeFrame({ type: frameType.headers, stream: 1, length: 1_000 })]),
    drip: encodeHeaders({ 'x-long': 'a'.repeat(900) }),
  },
  'begins headers over HTTP/2 that never end': {
    first: Buffer.concat([GREETING, encodeRequest(1, {}, 0)]),
  },
  'sends a body over REST and HTTP/2 at 1 byte/s': {
    first: Buffer.concat([GREETING, encodeRequest(1, post(REST), 4), dataHead]),
    drip: spaces,
  },
  'sends a message over gRPC at 1 byte/s': {
    first: Buffer.concat([GREETING, encodeRequest(1, post(RPC, 'application/grpc'), 4), dataHead]),
    drip: spaces,
  },
  'gets its answer over HTTP/2 and never ends its request': {
    first: Buffer.concat([GREETING, encodeRequest(1, {}, 4)]),
  },
  'stays connected after its call over HTTP/2': { first: Buffer.concat([GREETING, encodeRequest(1, {})]) },
  'gives no window for the answer over HTTP/2': {
    first: Buffer.concat([PREFACE, noWindow, encodeRequest(1, {})]),
  },
  'reads none of many answers over HTTP/1.1': {
    first: Buffer.from('GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2_000)),
    isDeaf: true,
  },
  'reads none of many answers over HTTP/2': {
    first: Buffer.concat([
      PREFACE,
      encodeFrame({ type: frameType.settings, payload: Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff]) }),
      encodeFrame({ type: frameType.windowUpdate, payload: Buffer.from([0x7f, 0, 0, 0]) }),
      ...Array.from({ length: 200 }, (_, index) => encodeRequest(2 * index + 1, { ':path': '/openapi.json' })),
    ]),
    isDeaf: true,
  },
}

/** Starts a client that never closes its connection. Only the server does. */
function start(url: string, { first, drip = Buffer.alloc(0), isDeaf = false }: SlowClient): Socket {
  const socket = openSocket(url)
  socket.on('error', () => {})
  if (isDeaf) socket.pause()
  else socket.resume()
  socket.on('end', () => socket.destroy())
  socket.write(first)
  let sent = 0
  const timer = setInterval(() => socket.writable && socket.write(drip.subarray(sent, ++sent)), 1_000)
  return socket.once('close', () => clearInterval(timer))
}

/** The number of open files of a process, or undefined if the system does not show it. */
function countSockets(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Waits until the server has closed these connections. Its open files tell about the clients that do not read. */
async function areLetGo(held: readonly (readonly [string, Socket])[], pid: number, before: number | undefined) {
  for (const [name, socket] of held) {
    if (!clients[name]?.isDeaf)
      await eventually(`the client that ${name} is disconnected`, async () => socket.destroyed, PATIENCE_MS)
  }
  if (before === undefined) return
  await eventually('the server has closed them all', async () => (countSockets(pid) ?? 0) <= before, PATIENCE_MS)
}

describe('a slow client', () => {
  const target = attackedServer(sqliteStorage, ['--idle-timeout', '8'])

  test('a slow client is disconnected, whatever it is slow at', { timeout: 2 * PATIENCE_MS }, async () => {
    const before = countSockets(target.pid)
    const held = Object.entries(clients).map(([name, client]) => [name, start(target.url, client)] as const)
    await Promise.all(held.map(([, socket]) => once(socket, 'connect')))
    await areLetGo(held, target.pid, before)
    for (const [, socket] of held) socket.destroy()
  })

  test('a client that watches a quiet stream is not treated as slow', { timeout: 60_000 }, async () => {
    const session = connectHttp2(target.url)
    const watch = session.request({ ...post('/grpc.health.v1.Health/Watch', 'application/grpc'), te: 'trailers' })
    watch.end(Buffer.alloc(5))
    await once(watch, 'data')
    // This waits longer than any slow client is kept, because a slow client that starts now is disconnected first.
    const slow = start(target.url, { first: GREETING })
    await eventually('a slow client is disconnected', async () => slow.destroyed, PATIENCE_MS)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect([watch.closed, session.closed]).toEqual([false, false])
    session.destroy()
  })

  test('a client that keeps an idle HTTP/1.1 connection for its next request is not treated as slow', {
    timeout: 60_000,
  }, async () => {
    const kept = openSocket(target.url)
    kept.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(kept, 'data')
    const slow = start(target.url, { first: GREETING })
    await eventually('a slow client is disconnected', async () => slow.destroyed, PATIENCE_MS)
    kept.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(String((await once(kept, 'data'))[0])).toContain('HTTP/1.1 200')
    kept.destroy()
  })

  test('500 slow clients do not delay other clients', { timeout: 2 * PATIENCE_MS }, async () => {
    // This opens the connections of the other clients before the slow ones start.
    for (const { attempt } of target.apis) await attempt('get', { namespace: 'my-org', name: 'nothing' })
    const before = countSockets(target.pid)
    const kinds = Object.keys(clients)
    const held = Array.from({ length: 500 }, (_, index) => {
      const name = kinds[index % kinds.length] ?? ''
      return [name, start(target.url, clients[name] as SlowClient)] as const
    })
    await Promise.all(held.map(([, socket]) => once(socket, 'connect')))
    for (let round = 0; round < 20; round++) {
      for (const { attempt } of target.apis) {
        const answer = await attempt('get', { namespace: 'my-org', name: 'nothing' })
        expectNotFound(answer)
      }
    }
    // If the others had waited for the slow clients, the slow clients would be disconnected by now.
    expect(held.filter(([, socket]) => socket.destroyed).length, 'slow clients that are disconnected already').toBe(0)
    await areLetGo(held, target.pid, before)
    for (const [, socket] of held) socket.destroy()
  })
})

describe('a slow client over TLS', () => {
  const fixture = (name: string) => fileURLToPath(new URL(`../../support/tls/${name}.pem`, import.meta.url))
  let storage: Storage
  let server: ServeProcess
  beforeAll(async () => {
    storage = await sqliteStorage()
    const tls = ['--tls-cert', fixture('server'), '--tls-key', fixture('server-key')]
    server = await spawnServe(['--store', storage.location, ...tls])
  })
  afterAll(async () => {
    await server.stop()
    await storage.remove()
  })

  test('a slow client over TLS is disconnected during its handshake and after it', {
    timeout: 2 * PATIENCE_MS,
  }, async () => {
    const { hostname, port } = new URL(server.url)
    const options = { host: hostname, port: Number(port), ca: readFileSync(fixture('ca')) }
    const silent = connectTcp(Number(port), hostname)
    const halfway = connectTcp(Number(port), hostname)
    // The first bytes of a ClientHello.
    halfway.write(Buffer.from('160301', 'hex'))
    const http1 = connectTls({ ...options, ALPNProtocols: ['http/1.1'] })
    const http2 = connectTls({ ...options, ALPNProtocols: ['h2'] })
    http2.write(PREFACE)
    for (const socket of [silent, halfway, http1, http2]) {
      socket.on('error', () => {}).on('end', () => socket.destroy())
      socket.resume()
      await eventually('the client is disconnected', async () => socket.destroyed, PATIENCE_MS)
    }
  })
})
