import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parseAllowedHosts } from '../../../src/config/origins-and-hosts.ts'
import { HostRule } from '../../../src/server/http/host-rule.ts'
import { createRegistryHandler, openStore } from '../../../src/server.ts'
import type { RunningServer } from '../../../src/start-server.ts'
import { startInProcess } from '../../support/in-process.ts'
import { exchange } from '../../support/raw-http.ts'
import { envelope, streamExchange } from '../../support/raw-http2.ts'
import { spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const isAllowed = (rule: HostRule, authority: string) => rule.refusalOf(authority) === undefined

describe('a server on a loopback address', () => {
  const rule = new HostRule(parseAllowedHosts('registry.example.com, 192.168.0.7,[2001:db8::1]'))
  rule.listensOn('127.0.0.1')

  test.each([
    ...['localhost', 'localhost:8080', 'LocalHost', 'localhost.', 'app.localhost:1', '127.0.0.1', '127.0.0.1:8080'],
    ...['127.8.9.10', '127.1', '[::1]', '[::1]:8080', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]'],
    ...['registry.example.com', 'registry.example.com:443', 'Registry.Example.COM', 'registry.example.com.'],
    ...['192.168.0.7:8080', '[2001:db8::1]:8080', '[2001:DB8:0:0:0:0:0:1]'],
  ])('a server on a loopback address serves the host %s, because it is its own or the operator named it', (host) => {
    expect(isAllowed(rule, host)).toBe(true)
  })

  test.each([
    ...['example.com', 'a.registry.example.com', 'registry.example.com.evil.example', 'evil-registry.example.com'],
    ...['localhost.example.com', 'notlocalhost', 'localhost..', '127.0.0.1.example.com', '128.0.0.1', '0.0.0.0'],
    ...['[::]', '[::2]', '[2001:db8::2]', '192.168.0.8', ''],
  ])('a server on a loopback address refuses the host %j', (host) => {
    expect(rule.refusalOf(host)).toMatchObject({ reason: 'HOST_NOT_ALLOWED', code: 'permission_denied' })
    expect(rule.refusalOf(host)?.message).toBe(
      `the host ${JSON.stringify(host)} is not allowed here; start the server with --allowed-host to allow it.`,
    )
  })
})

test.each(['127.0.0.1', '127.3.2.1', '::1', '::ffff:127.0.0.1'])(
  'the rule is in force on the address %s',
  (address) => {
    const rule = new HostRule([])
    rule.listensOn(address)
    expect(isAllowed(rule, 'example.com')).toBe(false)
  },
)

test.each(['0.0.0.0', '::', '192.168.0.7', '2001:db8::1'])(
  'on the address %s, every host is allowed unless the operator names some',
  (address) => {
    const open = new HostRule([])
    open.listensOn(address)
    expect(isAllowed(open, 'example.com')).toBe(true)
    const named = new HostRule(['registry.example.com'])
    named.listensOn(address)
    expect(['registry.example.com', 'localhost', 'example.com'].map((host) => isAllowed(named, host))).toEqual([
      ...[true, true, false],
    ])
  },
)

test('every host is allowed if the operator names *', () => {
  expect(isAllowed(new HostRule(parseAllowedHosts('*')), 'example.com')).toBe(true)
})

test.each(['http://a', 'a:80', 'a/b', 'a b', 'a,,b', '[::1]:80', 'u@a', '*.example.com', ' '])(
  'the allowed host %j is not valid',
  (text) => {
    expect(() => parseAllowedHosts(text)).toThrow(/is not valid; use a host name or an address/)
  },
)

describe('a request to a host that is not allowed', () => {
  let storage: Storage
  let server: RunningServer
  beforeAll(async () => {
    storage = await sqliteStorage()
    server = await startInProcess(storage, { allowedHosts: [] })
  })
  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  const rpc = '/waypost.v1.ServiceRegistry'
  const requests = [
    ['a read over REST', 'GET /services', 'application/json'],
    ['a change over REST', 'POST /services/my-org/my-service', 'application/json'],
    ['a read over Connect', `POST ${rpc}/ListServices`, 'application/json'],
    ['a change over Connect', `POST ${rpc}/Register`, 'application/proto'],
    ['a Connect GET', `GET ${rpc}/ListServices?encoding=json&message=%7B%7D&connect=v1`, 'application/json'],
    ['a read over gRPC-Web', `POST ${rpc}/ListServices`, 'application/grpc-web+proto'],
    ['the OpenAPI document', 'GET /openapi.json', 'application/json'],
    ['a path that does not exist', 'GET /nothing', 'application/json'],
    ['a preflight', 'OPTIONS /services', 'application/json'],
  ] as const
  test.each(requests)('%s is refused for its host before its body is read', async (_name, line, type) => {
    // The body never comes.
    const isBodyless = line.startsWith('GET') || line.startsWith('OPTIONS')
    const headers = `Content-Type: ${type}\r\n${isBodyless ? '' : 'Content-Length: 100\r\n'}\r\n`
    const answer = await exchange(server.url, `${line} HTTP/1.1\r\nHost: evil.example.com\r\n${headers}`)
    if (type.startsWith('application/grpc')) {
      expect(answer.head).toMatch(/^grpc-status: 7$/m)
      expect(answer.head).toContain(
        'the host "evil.example.com" is not allowed here; start the server with --allowed-host',
      )
      expect(decodeBin(/^grpc-status-details-bin: (\S+)/m.exec(answer.head)?.[1])).toContain('HOST_NOT_ALLOWED')
    } else {
      expect(answer).toMatchObject({ status: 403 })
      expect(answer.text).toContain('HOST_NOT_ALLOWED')
    }
  })

  test.each(['Register', 'ListServices'])('a call of %s over gRPC is refused for its :authority', async (method) => {
    const headers = {
      ':path': `${rpc}/${method}`,
      ':authority': 'evil.example.com',
      'content-type': 'application/grpc',
    }
    const { headers: fields, trailers } = await streamExchange(
      server.url,
      { ...headers, te: 'trailers' },
      envelope(Buffer.alloc(0)),
    )
    const status = { ...fields, ...trailers }
    expect(status).toMatchObject({ 'grpc-status': '7', 'grpc-message': expect.stringContaining('--allowed-host') })
    expect(decodeBin(String(status['grpc-status-details-bin']))).toContain('HOST_NOT_ALLOWED')
  })

  test('the host of a whole URL in the request line counts, not that of the Host header', async () => {
    const line = (url: string, host: string) => `GET ${url}/services HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    expect(await exchange(server.url, line('http://localhost', 'evil.example.com'))).toMatchObject({ status: 200 })
    expect(await exchange(server.url, line('http://evil.example.com', 'localhost'))).toMatchObject({ status: 403 })
  })

  test('the health of the server is told to every host, because load balancers ask an address', async () => {
    for (const path of ['/livez', '/readyz']) {
      const answer = await exchange(server.url, `GET ${path} HTTP/1.1\r\nHost: evil.example.com\r\n\r\n`)
      expect(answer, path).toMatchObject({ status: 200 })
    }
    const check = { ':path': '/grpc.health.v1.Health/Check', ':authority': 'a', 'content-type': 'application/grpc' }
    const answer = await streamExchange(server.url, { ...check, te: 'trailers' }, envelope(Buffer.alloc(0)))
    expect(answer.trailers).toMatchObject({ 'grpc-status': '0' })
  })
})

const statusFor = async (url: string, host: string) =>
  (await exchange(url, `GET /services HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status

test('the option --allowed-host and its variable name hosts, and the option may be given several times', async () => {
  const storage = await sqliteStorage()
  onTestFinished(() => storage.remove())
  const flags = [
    '--store',
    storage.location,
    '--allowed-host',
    'a.example.com,b.example.com',
    '--allowed-host',
    'c.example.com',
  ]
  const byFlag = await spawnServe(flags)
  const byVariable = await spawnServe(['--store', storage.location], { WAYPOST_ALLOWED_HOST: 'a.example.com' })
  const onAll = await spawnServe(['--store', storage.location, '--host', '0.0.0.0'], { WAYPOST_ALLOWED_HOST: '' })
  onTestFinished(async () => void (await Promise.all([byFlag.stop(), byVariable.stop(), onAll.stop()])))
  const hosts = ['a.example.com', 'b.example.com', 'c.example.com', 'd.example.com']
  const statuses = (url: string) => Promise.all(hosts.map((host) => statusFor(url, host)))
  expect(await statuses(byFlag.url)).toEqual([200, 200, 200, 403])
  expect(await statuses(byVariable.url)).toEqual([200, 403, 403, 403])
  expect(await statuses(onAll.url.replace('0.0.0.0', '127.0.0.1'))).toEqual([200, 200, 200, 200])
})

test('a handler inside an app serves every host, because the app around it decides', async () => {
  const storage = await sqliteStorage()
  const store = await openStore(storage.location)
  const app = createServer(createRegistryHandler({ store })).listen(0, '127.0.0.1')
  onTestFinished(async () => {
    app.close()
    await store.close()
    await storage.remove()
  })
  await new Promise((resolve) => app.once('listening', resolve))
  expect(await statusFor(`http://127.0.0.1:${(app.address() as AddressInfo).port}`, 'evil.example.com')).toBe(200)
})

function decodeBin(text = ''): string {
  return Buffer.from(text, 'base64').toString('latin1')
}
