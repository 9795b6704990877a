import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCorsOrigins } from '../../../src/config/origins-and-hosts.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const APP = 'https://app.example.com'
const OTHER = 'https://evil.example.com'
const REST = '/services/my-org/my-service'
const RPC = '/waypost.v1.ServiceRegistry/Get'

// This is not fetch, because fetch forbids the header Origin.
function send(url: string, method: string, path: string, headers: Record<string, string>) {
  return new Promise<{ status: number | undefined; headers: Record<string, unknown> }>((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode, headers: response.headers }))
    })
    sent.on('error', reject).end()
  })
}

const preflight = (origin: string) => ({
  origin,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type,connect-protocol-version,connect-timeout-ms,authorization',
})
const wordsOfCors = (headers: Record<string, unknown>) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'))

function serverWith(...args: readonly string[]) {
  let storage: Storage
  let server: ServeProcess
  beforeAll(async () => {
    storage = await sqliteStorage()
    server = await spawnServe(['--store', storage.location, ...args])
  })
  afterAll(async () => {
    await server.stop()
    await storage.remove()
  })
  return (method: string, path: string, headers: Record<string, string>) => send(server.url, method, path, headers)
}

/** The header of lookups over REST, whatever origins the server allows. */
function varyOf(method: string, path: string): string | undefined {
  return method === 'GET' && path === REST ? 'Origin, Waypost-Targeting-Key' : undefined
}

describe('a server without --cors-origin', () => {
  const call = serverWith()

  test.each([REST, RPC, '/readyz'])('a server without --cors-origin sends no CORS headers for %s', async (path) => {
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      const { headers } = await call(method, path, preflight(APP))
      expect(wordsOfCors(headers), method).toEqual([])
      expect(headers.vary, method).toBe(varyOf(method, path))
    }
  })

  test('a server without --cors-origin answers OPTIONS with 405', async () => {
    expect(await call('OPTIONS', REST, preflight(APP))).toMatchObject({ status: 405 })
  })
})

describe('a server with --cors-origin', () => {
  const call = serverWith('--cors-origin', `${APP}, http://localhost:5173`)

  test.each([REST, RPC, '/no/such/path'])(
    'a server with --cors-origin answers the preflight of an allowed page for %s',
    async (path) => {
      for (const origin of [APP, 'http://localhost:5173']) {
        const { status, headers } = await call('OPTIONS', path, preflight(origin))
        expect(status).toBe(204)
        expect(headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'Origin' })
        const methods = ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT']
        expect(String(headers['access-control-allow-methods']).split(', ').toSorted()).toEqual(methods)
        const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(', ')
        const asked = ['content-type', 'connect-protocol-version', 'connect-timeout-ms', 'authorization']
        expect(allowed).toEqual(
          expect.arrayContaining([...asked, 'x-grpc-web', 'grpc-timeout', 'if-match', 'if-none-match']),
        )
        // Without credentials a page cannot act with the cookies of its reader.
        expect(headers['access-control-allow-credentials']).toBeUndefined()
      }
    },
  )

  test('a server with --cors-origin lets an allowed page read answers, errors and gRPC-Web headers', async () => {
    for (const path of [REST, RPC, '/no/such/path']) {
      const { headers } = await call('GET', path, { origin: APP })
      const vary = varyOf('GET', path) ?? 'Origin'
      expect(headers, path).toMatchObject({ 'access-control-allow-origin': APP, vary })
      expect(String(headers['access-control-expose-headers']).toLowerCase()).toMatch(/grpc-status.*grpc-message/)
    }
  })

  test.each([
    ['another host', OTHER],
    ['another scheme', 'http://app.example.com'],
    ['another port', `${APP}:8443`],
    ['a host that begins like it', `${APP}.evil.example.com`],
    ['a sandboxed page, whose origin is null', 'null'],
  ])('a server with --cors-origin sends no CORS headers except Vary to %s', async (_reason, origin) => {
    for (const method of ['OPTIONS', 'GET']) {
      const { headers } = await call(method, REST, preflight(origin))
      expect(wordsOfCors(headers), method).toEqual([])
      expect(headers.vary, method).toBe(varyOf(method, REST) ?? 'Origin')
    }
  })

  test('a server with --cors-origin serves requests without an Origin as usual', async () => {
    const { status, headers } = await call('GET', REST, {})
    expect({ status, cors: wordsOfCors(headers) }).toEqual({ status: 404, cors: [] })
  })
})

describe('a server with --cors-origin "*"', () => {
  const call = serverWith('--cors-origin', '*')

  test('a server with --cors-origin "*" lets pages of any origin call, and caches may share its answers', async () => {
    const { headers } = await call('OPTIONS', REST, preflight(OTHER))
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*' })
    expect(headers.vary).toBeUndefined()
  })
})

describe('the setting --cors-origin', () => {
  test.each([
    ['https://app.example.com/', 'a slash at the end, which no origin has'],
    ['https://app.example.com/page', 'a path'],
    ['app.example.com', 'no scheme'],
    ['HTTPS://App.Example.com', 'capitals, which a browser never sends'],
    ['https://app.example.com:443', 'the default port, which a browser leaves out'],
    ['https://*.example.com', 'a pattern'],
    ['null', 'the origin of every sandboxed page'],
    ['https://a.example,', 'an extra comma'],
  ])('the setting --cors-origin does not accept %j (%s)', (text) => {
    expect(() => parseCorsOrigins(text)).toThrow(/ is not valid; use an origin such as/)
  })
})
