import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRegistryClient } from '../../src/client/index.ts'
import { type Http2Registry, startHttp2Registry } from './http2-registry.ts'
import { type SimpleRegistry, startSimpleRegistry } from './simple-registry.ts'

const pem = (name: string) => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url), 'utf8')
const [ca, cert, key] = [pem('ca'), pem('server'), pem('server-key')]
const entry = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url))

let http1: SimpleRegistry
let http2: Http2Registry
const closers: (() => unknown)[] = []

beforeAll(async () => {
  http1 = await startSimpleRegistry()
  http2 = await startHttp2Registry()
})

afterAll(async () => {
  await http1.close()
  await http2.close()
  for (const close of closers) await close()
})

/** A server that speaks only HTTP/1.1, and forwards requests to a registry. It counts the connections. */
async function startForwarder(to: string) {
  const forwarder = createHttpServer((incoming, response) => {
    const { method, headers, url } = incoming
    const onward = request(new URL(url ?? '', to), { method: method ?? 'GET', headers }, (answer: IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(onward)
  })
  let connections = 0
  forwarder.on('connection', () => {
    connections++
  })
  const url = await listening(forwarder)
  return { url, connections: () => connections }
}

/** A server that closes each connection that does not begin with a method of HTTP/1.1, without an answer. */
async function startCloser(to: string) {
  const port = Number(new URL(to).port)
  const { connect } = await import('node:net')
  let refused = 0
  const server = createTcpServer((socket: Socket) => {
    socket.on('error', () => {})
    socket.once('data', (first) => {
      if (first.toString('latin1').startsWith('PRI')) {
        refused++
        return void socket.destroy()
      }
      const onward = connect(port, '127.0.0.1').on('error', () => socket.destroy())
      onward.write(first)
      socket.pipe(onward).pipe(socket)
      socket.on('close', () => onward.destroy())
    })
  })
  const url = await listening(server)
  return { url, refused: () => refused }
}

async function listening(server: ReturnType<typeof createTcpServer>): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a server in clear text that does not speak HTTP/2', () => {
  test('the client falls back to HTTP/1.1 once, and sends each call exactly once', async () => {
    const { url, connections } = await startForwarder(http1.url)
    const before = http1.requests.length
    await using client = createRegistryClient({ baseUrl: url })
    await Promise.all([1, 2, 3].map(() => client.get('my-org/x')))
    await client.get('my-org/x')
    expect(http1.requests.slice(before).map(({ httpVersion }) => httpVersion)).toEqual(Array(4).fill('1.1'))
    expect(connections(), 'one for HTTP/2, and one for each call at the same time').toBe(4)
  })

  test('the client falls back if the server closes the connection without an answer, and remembers it', async () => {
    const { url, refused } = await startCloser(http1.url)
    await using client = createRegistryClient({ baseUrl: url })
    for (let call = 0; call < 3; call++) await client.get('my-org/x')
    expect(refused()).toBe(1)
  })

  test('a server that has spoken HTTP/2 once is never asked over HTTP/1.1', async () => {
    const { port } = new URL(http2.url)
    await using client = createRegistryClient({ baseUrl: http2.url })
    await client.get('my-org/x')
    await http2.close()
    const closing = createTcpServer((socket) => socket.destroy()).listen(Number(port), '127.0.0.1')
    await once(closing, 'listening')
    await expect(client.get('my-org/x')).rejects.toMatchObject({ code: 'unavailable' })
    await new Promise((resolve) => closing.close(resolve))
    http2 = await startHttp2Registry({ port: Number(port) })
    await client.get('my-org/x')
    expect(http2.requests).toEqual(['1 Get'])
  })
})

describe('a server over TLS', () => {
  test('the client speaks HTTP/2 if ALPN chooses it', async () => {
    const secure = await startHttp2Registry({ tls: { cert, key } })
    await using client = createRegistryClient({ baseUrl: secure.url, tls: { ca } })
    await client.get('my-org/x')
    expect(secure.requests).toEqual(['1 Get'])
    await client.close()
    await secure.close()
  })

  test.for([
    ['chooses HTTP/1.1', { ALPNProtocols: ['http/1.1'] }],
    ['is not there', { ALPNProtocols: [] }],
  ] as const)('the client speaks HTTP/1.1 if ALPN %s', async ([, options]) => {
    const secure = await startSimpleRegistry({ cert, key, ALPNProtocols: [...options.ALPNProtocols] })
    await using client = createRegistryClient({ baseUrl: secure.url, tls: { ca } })
    await client.get('my-org/x')
    await client.register('my-org/x:1.0.0').catch(() => {})
    expect(secure.requests.map(({ method, httpVersion }) => `${method} ${httpVersion}`)).toEqual([
      'GET 1.1',
      'POST 1.1',
    ])
    await client.close()
    await secure.close()
  })
})

test('no call fails if the server stops and starts again under load', async () => {
  let server = await startHttp2Registry()
  const { port } = new URL(server.url)
  await using client = createRegistryClient({ baseUrl: server.url })
  let isDone = false
  const load = Array.from({ length: 8 }, async () => {
    while (!isDone) await client.get('my-org/x')
  })
  for (let restarts = 0; restarts < 3; restarts++) {
    await new Promise((resolve) => setTimeout(resolve, 30))
    await server.close()
    server = await startHttp2Registry({ port: Number(port) })
  }
  isDone = true
  await Promise.all(load)
  await client.close()
  await server.close()
})

test('a process ends at once after its calls over HTTP/2, and its session does not keep it alive', async () => {
  const program = `
    const { createRegistryClient } = await import(${JSON.stringify(entry)})
    await createRegistryClient({ baseUrl: ${JSON.stringify(http2.url)} }).get('my-org/x')
    console.log(performance.now())
    process.on('exit', () => console.log(performance.now()))
  `
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  const [done = 0, exited = 0] = stdout.trim().split('\n').map(Number)
  expect(exited - done).toBeLessThan(2_000)
})

test('the client uses the proxy that the environment names, over HTTP/1.1', async () => {
  const seen: string[] = []
  const proxy = createHttpServer((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url?.split('?')[0]}`)
    response.writeHead(503).end()
  })
  const HTTP_PROXY = await listening(proxy)
  const program = `
    const { createRegistryClient } = await import(${JSON.stringify(entry)})
    await createRegistryClient({ baseUrl: 'http://registry.example:8080' }).register('my-org/x:1').catch(() => {})
  `
  const env = { ...process.env, NODE_USE_ENV_PROXY: '1', HTTP_PROXY, NO_PROXY: '' }
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env })
  expect(seen[0]).toBe('POST http://registry.example:8080/waypost.v1.ServiceRegistry/Register')
})
