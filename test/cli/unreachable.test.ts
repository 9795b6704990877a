import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { type ConnectError, createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { connectForUnary } from '../../src/client/transports/unary-transport.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { runInProcess } from './in-process.ts'

const pem = (name: string) => fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url))

let storage: Storage
let https: ServeProcess
let http: ServeProcess
const opened: Server[] = []

beforeAll(async () => {
  storage = await sqliteStorage()
  const store = ['--store', storage.location, '--log-level', 'silent']
  https = await spawnServe([...store, '--tls-cert', pem('server'), '--tls-key', pem('server-key')])
  http = await spawnServe(store)
  await runInProcess(['register', 'my-org/x:1.0.0'], { WAYPOST_REGISTRY: http.url })
})

afterAll(async () => {
  for (const server of opened) server.close()
  await Promise.all([https.stop(), http.stop()])
  await storage.remove()
})

/** Listens on a free port, and resolves with the port. */
async function listening(server: Server): Promise<number> {
  opened.push(server)
  server.unref()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A server with one of the certificates of the tests. */
async function withCertificate(name: string): Promise<string> {
  const [key, cert] = [readFileSync(pem(`${name}-key`)), readFileSync(pem(name))]
  return `https://127.0.0.1:${await listening(createTlsServer({ key, cert }))}`
}

function* endless() {
  for (;;) yield Buffer.alloc(1024 * 1024)
}

const answering = (answer: string) => createServer((socket: Socket) => socket.on('error', () => {}).end(answer))
const registries: readonly (readonly [string, () => string | Promise<string>, RegExp])[] = [
  [
    'a self-signed certificate',
    () => withCertificate('stranger'),
    /has a self-signed certificate \(DEPTH_ZERO_SELF_SIGNED_CERT\); if you trust it, .* --ca \(WAYPOST_CA\)\./,
  ],
  [
    'a certificate of an unknown authority',
    () => https.url,
    /has a certificate of an authority that is not trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\); .* --ca/,
  ],
  [
    'https against an http port',
    () => http.url.replace('http:', 'https:'),
    /does not speak TLS \(\w+\); check the port, or use http\./,
  ],
  [
    'http against an https port',
    () => https.url.replace('https:', 'http:'),
    /closed the connection without an answer \(ECONNRESET\); use https if it speaks TLS/,
  ],
  [
    'a port where nobody listens',
    () => 'http://127.0.0.1:1',
    /does not listen \(ECONNREFUSED\); start it, or check --registry/,
  ],
  [
    'a port that speaks another protocol',
    async () => `http://127.0.0.1:${await listening(answering('SSH-2.0-OpenSSH_9.9\r\n'))}`,
    /is not from a registry \(.*\); check --registry and proxies\./,
  ],
  [
    'a web server',
    async () => `http://127.0.0.1:${await listening(createHttpServer((_, response) => response.end('<html>')))}`,
    /is not from a registry \(.*\); check --registry and proxies\./,
  ],
  [
    'a web server without the path',
    async () => `http://127.0.0.1:${await listening(createHttpServer((_, response) => response.writeHead(404).end()))}`,
    /is not from a registry \(HTTP 404\); check --registry and proxies\./,
  ],
  [
    'a server whose errors are JSON of another form',
    async () => {
      const server = createHttpServer((_, response) => {
        response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Not Found"}')
      })
      return `http://127.0.0.1:${await listening(server)}`
    },
    /is not from a registry \(HTTP 404\); check --registry and proxies\./,
  ],
  [
    'a server whose answer does not end',
    async () => {
      const server = createHttpServer((_, response) => {
        response.writeHead(200, { 'content-type': 'application/proto' })
        Readable.from(endless()).pipe(response)
      })
      return `http://127.0.0.1:${await listening(server)}`
    },
    /is not from a registry \(it has more than 16777216 bytes\); check --registry and proxies\./,
  ],
  [
    'a host name that does not exist',
    () => 'http://registry.invalid',
    /has a host name that (?:does not exist|cannot be looked up now) \((?:ENOTFOUND|EAI_AGAIN)\)/,
  ],
]

describe('a registry that cannot be called', () => {
  test.for(registries)('the error for %s is one readable line with exit code 5', async ([, start, line]) => {
    const { exitCode, stdout, stderr } = await runInProcess(['get', 'my-org/x'], { WAYPOST_REGISTRY: await start() })
    expect([exitCode, stdout]).toEqual([5, ''])
    expect(stderr).toMatch(line)
    expect(stderr).toMatch(/^waypost: [^\n]+\n$/)
    expect(stderr).not.toMatch(/openssl|:error:|\.c:\d/)
  })

  test('the error for a certificate that has expired names the expiry', async () => {
    const url = await withCertificate('expired')
    const result = await runInProcess(['get', 'my-org/x', '--ca', pem('expired')], { WAYPOST_REGISTRY: url })
    expect(result).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('expired certificate (CERT_HAS_EXPIRED)'),
    })
  })

  test.for([
    ['TLSv1.3', /asks for a client certificate \(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED\);/],
    ['TLSv1.2', /refuses the TLS handshake \(\w+\); it may ask for a client certificate/],
    ['TLSv1.1', /refuses the TLS handshake \(EPROTO\); .* or speak only an old version of TLS\./],
  ] as const)('the error for a server that wants a client certificate over %s does not deny its TLS', async (row) => {
    const [maxVersion, line] = row
    const files = {
      key: readFileSync(pem('server-key')),
      cert: readFileSync(pem('server')),
      ca: readFileSync(pem('ca')),
    }
    const versions = { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const server = createTlsServer({ ...files, ...versions, requestCert: true, rejectUnauthorized: true })
    const url = `https://127.0.0.1:${await listening(server)}`
    const result = await runInProcess(['get', 'my-org/x', '--ca', pem('ca')], { WAYPOST_REGISTRY: url })
    expect(result).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(line) })
  })

  test('the error for a certificate with another host name says so', async () => {
    const url = await withCertificate('stranger')
    const result = await runInProcess(['get', 'my-org/x', '--ca', pem('stranger')], { WAYPOST_REGISTRY: url })
    const text = 'has a certificate for other host names (ERR_TLS_CERT_ALTNAME_INVALID)'
    expect(result).toMatchObject({ exitCode: 5, stderr: expect.stringContaining(text) })
  })
})

test('the error of a busy server has its Retry-After', async () => {
  const server = createHttpServer((_, response) => response.writeHead(503, { 'Retry-After': '7' }).end())
  const { transport } = connectForUnary({ baseUrl: `http://127.0.0.1:${await listening(server)}`, tls: undefined })
  const failed = createClient(ServiceRegistry, transport)
    .get({})
    .catch((error: unknown) => error)
  expect(((await failed) as ConnectError).metadata.get('Retry-After')).toBe('7')
})

describe('--ca', () => {
  const commands = [
    ['get', 'my-org/x'],
    ['register', 'my-org/x:1.0.0'],
    ['update', 'my-org/x:1.0.0', '--description', 'x'],
    ['deprecate', 'my-org/x:1.0.0'],
    ['undeprecate', 'my-org/x:1.0.0'],
    ['default', 'set', 'my-org/x:1.0.0'],
    ['alias', 'set', 'my-org/x', 'beta', '--tag', '1.0.0'],
    ['alias', 'get', 'my-org/x', 'beta'],
    ['namespaces'],
    ['services'],
    ['revisions', 'my-org/x'],
    ['policy', 'test', 'my-org/x:2.0.0'],
  ]

  test.for(commands)('%s %s trusts the authority that --ca names', async (args) => {
    const result = await runInProcess([...args, '--ca', pem('ca')], { WAYPOST_REGISTRY: https.url })
    expect(result).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test('WAYPOST_CA names the authority, and is ignored for a registry without TLS', async () => {
    for (const url of [https.url, http.url]) {
      const result = await runInProcess(['get', 'my-org/x'], { WAYPOST_REGISTRY: url, WAYPOST_CA: pem('ca') })
      expect(result).toMatchObject({ exitCode: 0, stderr: '' })
    }
  })

  test('another authority is not trusted', async () => {
    const result = await runInProcess(['get', 'my-org/x', '--ca', pem('stranger')], { WAYPOST_REGISTRY: https.url })
    expect(result).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('is not trusted') })
  })
})
