import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import type { NodeResponse } from '../../../src/server/http/node-http.ts'
import { defaultLimits } from '../../../src/server/limits.ts'
import { createListener } from '../../../src/server/listen/listener.ts'
import { silentLogger } from '../../../src/telemetry/logger.ts'
import { openApis } from '../../support/api.ts'
import { eventually } from '../../support/eventually.ts'
import { encodeFrame, encodeRequest, GREETING } from '../../support/http2-frames.ts'
import { listeningRegistry } from '../../support/listening-registry.ts'
import { onNode } from '../../support/node-handler.ts'
import { countOpenFiles } from '../../support/open-files.ts'
import { exchange } from '../../support/raw-http.ts'
import { expectNotFound } from '../../support/refusals.ts'
import { sendJson } from '../../support/send-json.ts'
import { spawnServe } from '../../support/serve.ts'
import { sqliteStorage } from '../../support/storage.ts'
import { hasCommand, skipWithout } from '../../support/tools.ts'

const MOST = 16
const RUN_SHORT = 'connections run short, so those that wait for their clients are closed, oldest first'
const fixture = (name: string) => fileURLToPath(new URL(`../../support/tls/${name}.pem`, import.meta.url))
const pem = (name: string) => readFileSync(fixture(name), 'utf8')

const get = 'GET /livez HTTP/1.1\r\nHost: a\r\n'
const post = 'POST /services/my-org/my-service HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{'

/** The bytes of clients that hold a connection and give the server nothing to do. */
const holders: Readonly<Record<string, string | Uint8Array>> = {
  'send nothing': '',
  'send half a request': 'GET /livez HTTP/1.1\r\n',
  'send half a body': post,
  'keep an idle connection': `${get}\r\n`,
  'send half of the HTTP/2 preface': 'PRI * HTTP/2.0\r\n',
  'send the HTTP/2 preface only': GREETING,
  'keep an idle HTTP/2 connection': Buffer.concat([GREETING, encodeRequest(1, {})]),
  'give no window for their answer over HTTP/2': Buffer.concat([
    GREETING,
    encodeRequest(1, { ':path': '/openapi.json' }),
  ]),
  'send half a body over HTTP/2': Buffer.concat([
    GREETING,
    encodeRequest(1, { ':method': 'POST', ':path': '/services/my-org/my-service' }, 4),
  ]),
}

const health = '/grpc.health.v1.Health/Watch'
const watch = `POST ${health} HTTP/1.1\r\nHost: a\r\nContent-Type: application/connect+json\r\n`
/** The empty question of a Watch over Connect. */
const ASK = Buffer.from('\0\0\0\0\x02{}')
const watchHeaders = { ':method': 'POST', ':path': health, 'content-type': 'application/grpc', te: 'trailers' }

const held: Socket[] = []
afterEach(() => {
  for (const socket of held.splice(0)) socket.destroy()
})

/** Opens a connection that stays open until the test ends or the server closes it. Resolves when it is open. */
function hold(port: number, bytes: string | Uint8Array): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }).on('error', () => {})
  held.push(socket.resume())
  socket.write(bytes)
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket)).once('close', () => resolve(socket))
  })
}

async function holdMany(port: number, count: number, bytes: string | Uint8Array): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let index = 0; index < count; index++) sockets.push(await hold(port, bytes))
  return sockets
}

/** A server for few connections, whose time limits are so long that no test reaches them. */
async function smallServer(tls = false) {
  const warnings: string[] = []
  const log = { error() {}, info() {}, warn: (_fields: object, message: string) => void warnings.push(message) }
  const long = { headersMs: 1e8, requestMs: 1e8, sessionIdleMs: 1e8, keepAliveMs: 1e8, unreadMs: 1e8 }
  const material = { cert: pem('server'), key: pem('server-key') }
  const limits = { ...defaultLimits, ...long, connections: MOST, sweepMs: 20 }
  const server = await listeningRegistry(limits, { log, ...(tls && { tls: material }) })
  onTestFinished(server.close)
  return { port: server.port, url: `http://127.0.0.1:${server.port}`, warnings }
}

describe('a server whose connections run short', () => {
  test.each(Object.entries(holders))('clients that %s make room for a client that calls', async (_name, bytes) => {
    const { port, url, warnings } = await smallServer()
    await holdMany(port, 3 * MOST, bytes)
    expect(await sendJson(url, '/livez')).toMatchObject({ status: 200 })
    const apis = openApis(url)
    for (const { attempt } of apis) expectNotFound(await attempt('get', { namespace: 'my-org', name: 'nothing' }))
    for (const api of apis) api.close()
    expect(warnings).toEqual([RUN_SHORT])
  })

  test('TLS handshakes that never end make room for a client that calls', async () => {
    const { port, warnings } = await smallServer(true)
    await holdMany(port, 3 * MOST, Buffer.from('1603010200010001fc0303', 'hex'))
    const socket = connectTls({ host: '127.0.0.1', port, ca: pem('ca'), ALPNProtocols: ['http/1.1'] })
    held.push(socket)
    socket.write(`${get}\r\n`)
    const [answer] = await new Promise<Buffer[]>((resolve) => socket.once('data', (data: Buffer) => resolve([data])))
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200/)
    expect(warnings).toEqual([RUN_SHORT])
  })

  test('the connection that has waited the longest is closed first', async () => {
    const { port } = await smallServer()
    const sockets = await holdMany(port, MOST, `${get}\r\n`)
    const [first, second] = sockets
    // The first connection calls again, so the second one has waited longer.
    const answered = new Promise((resolve) => first?.once('data', resolve))
    first?.write(`${get}\r\n`)
    await answered
    const closed = new Promise((resolve) => second?.once('end', resolve))
    await hold(port, get)
    await closed
    expect(sockets.filter((socket) => socket.readableEnded).length).toBe(1)
  })

  test('calls under way are not ended, and a connection beyond them is refused', async () => {
    const waiting: NodeResponse[] = []
    const listener = createListener(
      onNode((_request, response) => void waiting.push(response)),
      {
        limits: { ...defaultLimits, connections: MOST },
        log: silentLogger,
      },
    )
    onTestFinished(() => listener.close(0))
    const { port } = await listener.listen('127.0.0.1', 0)
    const callers = await holdMany(port, MOST, `${get}\r\n`)
    await eventually('all calls are under way', async () => waiting.length === MOST)
    expect(await exchange(`http://127.0.0.1:${port}`, `${get}\r\n`)).toMatchObject({ status: undefined, closed: true })
    expect(callers.filter((socket) => socket.readableEnded || socket.destroyed)).toEqual([])
    expect(waiting.length).toBe(MOST)
  })

  test.each([
    ['HTTP/1.1', Buffer.concat([Buffer.from(`${watch}Content-Length: ${ASK.length}\r\n\r\n`), ASK])],
    [
      'HTTP/2',
      Buffer.concat([
        GREETING,
        encodeRequest(1, watchHeaders, 4),
        encodeFrame({ type: 0, flags: 1, stream: 1, payload: Buffer.alloc(5) }),
      ]),
    ],
  ])('endless calls over %s that take up all connections make room, oldest first', async (_over, bytes) => {
    const { port, url } = await smallServer()
    const watching = await holdMany(port, MOST, bytes)
    await eventually('all calls are under way', async () => watching.every(({ bytesRead }) => bytesRead > 60))
    expect(await exchange(url, `${get}\r\n`)).toMatchObject({ status: 200 })
    await eventually('the oldest one is closed', async () => watching[0]?.readableEnded === true)
    expect(watching.filter((socket) => socket.readableEnded).length).toBe(1)
  })

  test('a connection that its client has ended is closed after its last answer', async () => {
    const { port } = await smallServer()
    for (const bytes of [GREETING, Buffer.concat([GREETING, encodeRequest(1, {})]), `${get}\r\n`, '']) {
      const socket = await hold(port, bytes)
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.end()
      await closed
    }
  })

  test('running short is logged again only after it was over', async () => {
    const { port, url, warnings } = await smallServer()
    await holdMany(port, 3 * MOST, get)
    expect(warnings).toEqual([RUN_SHORT])
    for (const socket of held.splice(0)) socket.destroy()
    await holdMany(port, 3 * MOST, get)
    expect(warnings).toEqual([RUN_SHORT])
    for (const socket of held.splice(0)) socket.destroy()
    await eventually('it is logged again', async () => {
      await new Promise((resolve) => setTimeout(resolve, 500))
      await holdMany(port, MOST + 1, get)
      for (const socket of held.splice(0)) socket.destroy()
      return warnings.length > 1
    })
    expect(new Set(warnings)).toEqual(new Set([RUN_SHORT]))
    expect(await sendJson(url, '/livez')).toMatchObject({ status: 200 })
  })

  test('a connection that the server has ended is closed, although its client keeps it open', async () => {
    const server = await listeningRegistry({ ...defaultLimits, connections: MOST, lingerMs: 100, sweepMs: 50 })
    onTestFinished(server.close)
    const endings = ['garbage\r\n\r\n', `${get}Connection: close\r\n\r\n`, 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n']
    for (const bytes of endings) {
      const socket = await hold(server.port, bytes)
      await new Promise((resolve) => socket.once('end', resolve))
      await eventually('the system refuses further bytes', async () => {
        socket.write('x')
        return socket.destroyed
      })
    }
  })
})

const noPrlimit = skipWithout(hasCommand('prlimit'), 'a server without file descriptors: no prlimit')
const noLimits = process.platform === 'win32'
describe.skipIf(noLimits)('a server with 256 file descriptors', () => {
  const serve = async (...args: readonly string[]) => {
    const storage = await sqliteStorage()
    const server = await spawnServe(['--store', storage.location, ...args], {}, { most: 256 })
    onTestFinished(async () => {
      expect(await server.stop()).toBe(0)
      await storage.remove()
    })
    return server
  }

  test('a server with 256 file descriptors serves others while 400 clients send half a request', async () => {
    const server = await serve()
    const port = Number(new URL(server.url).port)
    await holdMany(port, 400, holders['send half a request'] ?? '')
    const path = '/services/my-org/my-service'
    expect(await sendJson(server.url, path, { body: { revision_tag: '1.0.0' } })).toMatchObject({ status: 201 })
    for (const socket of held.splice(0)) socket.destroy()
    expect(server.stderr()).toContain(RUN_SHORT)
    expect(server.stderr()).not.toContain('EMFILE')
    await eventually('every connection is closed', async () => countOpenFiles(server.child.pid) < 100)
  })

  test.skipIf(noPrlimit)('a server whose file descriptors are all in use logs it, and serves others', async () => {
    const server = await serve()
    const { pid } = server.child
    const limit = countOpenFiles(pid) + 4
    execFileSync('prlimit', ['--pid', `${pid}`, `--nofile=${limit}:${limit}`])
    await holdMany(Number(new URL(server.url).port), 40, holders['send half a request'] ?? '')
    // The system resets this connection until the server has noticed that it has no descriptor left.
    await eventually('others are served', async () => (await sendJson(server.url, '/livez')).status === 200)
    expect(server.stderr().split(RUN_SHORT).length).toBe(2)
    expect(server.stderr()).toContain('EMFILE')
  })

  test('a server with 256 file descriptors serves others while 400 TLS handshakes are not finished', async () => {
    const server = await serve('--tls-cert', fixture('server'), '--tls-key', fixture('server-key'))
    const port = Number(new URL(server.url).port)
    await holdMany(port, 400, Buffer.from('1603010200010001fc0303', 'hex'))
    const socket = connectTls({ host: '127.0.0.1', port, ca: pem('ca') })
    held.push(socket)
    socket.write(`${get}\r\n`)
    const data = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    expect(String(data)).toMatch(/^HTTP\/1\.1 200/)
  })
})
