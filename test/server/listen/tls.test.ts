import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, get } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { Code, createClient } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { eventually } from '../../support/eventually.ts'
import { runWaypost, type ServeProcess, spawnServe } from '../../support/serve.ts'
import { sqliteStorage } from '../../support/storage.ts'

const FIXTURES = fileURLToPath(new URL('../../support/tls/', import.meta.url))
const pem = (name: string) => join(FIXTURES, `${name}.pem`)

let ca = ''
let client: { cert: string; key: string }
let stranger: { cert: string; key: string }
beforeAll(async () => {
  const [authority = '', ...rest] = await Promise.all(
    ['ca', 'client', 'client-key', 'stranger', 'stranger-key'].map((name) => readFile(pem(name), 'utf8')),
  )
  ca = authority
  client = { cert: rest[0] ?? '', key: rest[1] ?? '' }
  stranger = { cert: rest[2] ?? '', key: rest[3] ?? '' }
})

/** Starts a server whose certificate and key are files that the test may change. */
async function start(...args: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-tls-'))
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await copyFile(pem('server'), files.cert)
  await copyFile(pem('server-key'), files.key)
  const storage = await sqliteStorage()
  const tls = ['--tls-cert', files.cert, '--tls-key', files.key]
  const server = await spawnServe(['--store', storage.location, ...tls, ...args])
  onTestFinished(async () => {
    if (server.child.exitCode === null) await server.stop()
    await storage.remove()
    await rm(folder, { recursive: true })
  })
  return { server, files }
}

/** The name in the certificate of a new connection, or the error if the connection fails. */
async function peerName({ url }: ServeProcess, options: ConnectionOptions = {}): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connectTls({ host: hostname, port: Number(port), ca, ...options })
  try {
    await once(socket, 'secureConnect')
    return String(socket.getPeerCertificate().subject.CN)
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  } finally {
    socket.destroy()
  }
}

async function getLivez({ url }: ServeProcess, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`${url}/livez`, { agent }, (response) => text(response).then(resolve, reject)).on('error', reject)
  })
}

describe('a server with a certificate', () => {
  test('a server with a certificate prints an https URL and offers HTTP/1.1 and HTTP/2 by ALPN', async () => {
    const { server } = await start()
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const { hostname, port } = new URL(server.url)
    for (const offered of [['h2', 'http/1.1'], ['h2'], ['http/1.1']]) {
      const socket = connectTls({ host: hostname, port: Number(port), ca, ALPNProtocols: offered })
      await once(socket, 'secureConnect')
      expect(socket.alpnProtocol).toBe(offered[0])
      socket.destroy()
    }
    const agent = new Agent({ ca })
    expect(await getLivez(server, agent)).toBe('{"status":"ok"}')
    agent.destroy()
  })

  test('a server with a certificate serves each protocol', async () => {
    const { server } = await start()
    const options = { baseUrl: server.url, nodeOptions: { ca } }
    const transports = [
      createConnectTransport({ ...options, httpVersion: '1.1' }),
      createConnectTransport({ ...options, httpVersion: '2' }),
      createGrpcTransport(options),
      createGrpcWebTransport({ ...options, httpVersion: '1.1' }),
    ]
    for (const [index, transport] of transports.entries()) {
      const registry = createClient(ServiceRegistry, transport)
      const revision = { namespace: 'my-org', name: `s-${index}`, revisionTag: '1.0.0' }
      await registry.register(revision)
      expect(await registry.get({ namespace: 'my-org', name: `s-${index}` })).toMatchObject({ revision })
      await expect(registry.get({ namespace: 'my-org', name: 'nothing' })).rejects.toMatchObject({
        code: Code.NotFound,
      })
    }
  })

  test('a server with a certificate closes a connection in clear text, and serves other connections', async () => {
    const { server } = await start()
    const { hostname, port } = new URL(server.url)
    const socket = connectTcp(Number(port), hostname)
    socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await text(socket).catch(() => '')).not.toContain('HTTP/1.1 200')
    expect(await peerName(server)).toBe('server')
  })

  test('a server with a certificate ends on SIGTERM even if connections are idle or in a handshake', async () => {
    const { server } = await start()
    const { hostname, port } = new URL(server.url)
    const halfway = connectTcp(Number(port), hostname).on('error', () => {})
    await once(halfway, 'connect')
    const agent = new Agent({ ca, keepAlive: true })
    await getLivez(server, agent)
    const session = connectHttp2(server.url, { ca }).on('error', () => {})
    await once(session, 'remoteSettings')
    expect(await server.stop()).toBe(0)
    agent.destroy()
    session.destroy()
    halfway.destroy()
  })
})

describe('mutual TLS', () => {
  test('a server with --tls-client-ca serves only clients with a certificate of that authority', async () => {
    const { server } = await start('--tls-client-ca', pem('ca'))
    const registry = (credentials: object) =>
      createClient(
        ServiceRegistry,
        createConnectTransport({ baseUrl: server.url, httpVersion: '1.1', nodeOptions: { ca, ...credentials } }),
      )
    const revision = { namespace: 'my-org', name: 'my-service', revisionTag: '1.0.0' }
    expect(await registry(client).register(revision)).toMatchObject({ revision })
    await expect(registry({}).register(revision)).rejects.toThrow()
    await expect(registry(stranger).register(revision)).rejects.toThrow()
  })
})

describe('mutual TLS that is requested', () => {
  test.each([
    ['one process', '1'],
    ['two workers', '2'],
  ])(
    'a server of %s with --tls-client-auth request serves clients without a certificate, too',
    async (_what, workers) => {
      const { server } = await start(
        ...['--tls-client-ca', pem('ca'), '--tls-client-auth', 'request', '--workers', workers],
      )
      for (const credentials of [{}, client, stranger]) {
        const agent = new Agent({ ca, ...credentials })
        expect(await getLivez(server, agent)).toBe('{"status":"ok"}')
        agent.destroy()
      }
    },
  )

  test('a server with --tls-client-auth require refuses clients without a certificate', async () => {
    const { server } = await start('--tls-client-ca', pem('ca'), '--tls-client-auth', 'require')
    await expect(getLivez(server, new Agent({ ca }))).rejects.toThrow()
    const agent = new Agent({ ca, ...client })
    expect(await getLivez(server, agent)).toBe('{"status":"ok"}')
    agent.destroy()
  })
})

describe('a change of the certificate', () => {
  test('a new certificate is used for new connections, and existing connections stay open', async () => {
    const { server, files } = await start()
    const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 })
    const session = connectHttp2(server.url, { ca })
    await once(session, 'remoteSettings')
    // An open stream keeps the session from being idle.
    const watch = session.request({ ':path': '/grpc.health.v1.Health/Watch', ':method': 'POST', ...grpc })
    watch.end(Buffer.alloc(5))
    await once(watch, 'data')
    await getLivez(server, agent)
    const [kept] = Object.values(agent.freeSockets).flat()
    expect(await peerName(server)).toBe('server')

    await copyFile(pem('next-server'), files.cert)
    await copyFile(pem('next-server-key'), files.key)
    await eventually('the new certificate is shown', async () => (await peerName(server)) === 'next-server')
    await getLivez(server, agent)
    expect(Object.values(agent.freeSockets).flat()[0], 'the connection that was kept').toBe(kept)
    expect(session.closed).toBe(false)
    const again = session.request({ ':path': '/livez' })
    expect(await text(again)).toBe('{"status":"ok"}')
    agent.destroy()
    session.destroy()
  })

  test.each([
    ['contains no certificate', 'cert', 'nonsense', /the certificate is not valid; use PEM/],
    ['contains the key of another certificate', 'key', 'next-server-key', /the key does not belong to the certificate/],
    ['was deleted', 'cert', undefined, /ENOENT/],
  ] as const)(
    'a certificate or key file that %s does not replace the old one, and the log contains the reason',
    async (_reason, file, content, why) => {
      const { server, files } = await start()
      if (content === undefined) await rm(files[file])
      else if (content === 'nonsense') await writeFile(files[file], content)
      else await copyFile(pem(content), files[file])
      await eventually('the log says why', async () => why.test(server.stderr()))
      expect(await peerName(server)).toBe('server')

      await copyFile(pem('next-server'), files.cert)
      await copyFile(pem('next-server-key'), files.key)
      await eventually('the next good one is shown', async () => (await peerName(server)) === 'next-server')
    },
  )
})

describe('wrong TLS settings', () => {
  test.each([
    [
      'the key is missing',
      ['--tls-cert', pem('server')],
      /--tls-key \(WAYPOST_TLS_KEY\) is missing; set both --tls-cert and --tls-key/,
    ],
    [
      'only the authority is given',
      ['--tls-client-ca', pem('ca')],
      /--tls-cert \(WAYPOST_TLS_CERT\) is missing; set both/,
    ],
    [
      'clients may show certificates of no authority',
      ['--tls-cert', pem('server'), '--tls-key', pem('server-key'), '--tls-client-auth', 'request'],
      /--tls-client-ca \(WAYPOST_TLS_CLIENT_CA\) is missing; set it, or leave out --tls-client-auth/,
    ],
    [
      'nobody knows whether clients must show a certificate',
      ['--tls-client-auth', 'maybe'],
      /--tls-client-auth \(WAYPOST_TLS_CLIENT_AUTH\): "maybe" is not valid; use require or request\./,
    ],
    ['a file is missing', ['--tls-cert', pem('nothing'), '--tls-key', pem('server-key')], /nothing\.pem/],
    [
      'the key file contains no key',
      ['--tls-cert', pem('server'), '--tls-key', pem('server')],
      /the key is not valid; use PEM/,
    ],
    [
      'the key belongs to another certificate',
      ['--tls-cert', pem('server'), '--tls-key', pem('client-key')],
      /does not belong to the certificate/,
    ],
  ])('a server does not start if %s', async (_reason, args, says) => {
    const storage = await sqliteStorage()
    onTestFinished(() => storage.remove())
    const { exitCode, stderr } = await runWaypost(['serve', '--port', '0', '--store', storage.location, ...args])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(says)
  })
})

test('an empty WAYPOST_TLS_CLIENT_AUTH is as none', async () => {
  const storage = await sqliteStorage()
  onTestFinished(() => storage.remove())
  const server = await spawnServe(['--store', storage.location], { WAYPOST_TLS_CLIENT_AUTH: '' })
  onTestFinished(async () => void (await server.stop()))
  expect(server.url).toMatch(/^http:/)
})

const grpc = { 'content-type': 'application/grpc', te: 'trailers' }
