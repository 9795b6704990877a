import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange } from '../../support/raw-http.ts'
import { streamExchange } from '../../support/raw-http2.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

let storage: Storage
let server: ServeProcess

beforeAll(async () => {
  storage = await sqliteStorage()
  server = await spawnServe(['--store', storage.location, '--base-path', '/api/integrations/octue/'])
  await post('/my-org/my-service', { revision_tag: '1.2.9' })
})

afterAll(async () => {
  await server.stop()
  await storage.remove()
})

const BASE = '/api/integrations/octue/services'

const call = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init)
const post = (path: string, body: unknown, contentType = 'application/json') =>
  call(`${BASE}${path}`, { method: 'POST', headers: { 'content-type': contentType }, body: JSON.stringify(body) })

describe('the REST contract', () => {
  test('a registration is answered with 201 and the revision, and a replay with 200', async () => {
    const first = await post('/my-org/created', { revision_tag: '1.0.0' })
    expect([first.status, await first.text()]).toEqual([
      201,
      '{"namespace":"my-org","name":"created","revision_tag":"1.0.0","is_default":true}',
    ])
    const second = await post('/my-org/created', { revision_tag: '1.0.0' })
    expect([second.status, await second.json()]).toEqual([200, expect.objectContaining({ revision_tag: '1.0.0' })])
  })

  test('a GET below the base path is answered with JSON, its content type and its length', async () => {
    const response = await call(`${BASE}/my-org/my-service`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('content-length')).toBe(String((await response.text()).length))
  })

  test.for([
    ['//my-org/my-service', 200, 'one extra slash, because the endpoint of the client ends with a slash'],
    ['///my-org/my-service', 404, 'two extra slashes'],
    ['//my-org', 404, 'no name'],
    ['/my-org//my-service', 404, 'an extra slash elsewhere'],
    ['/my-org/my-service/', 404, 'a slash at the end'],
    ['//my-org/my-service/', 404, 'both'],
  ] as const)('GET %s is answered with %s (%s)', async ([path, status]) => {
    expect((await call(`${BASE}${path}`, { redirect: 'manual' })).status).toBe(status)
  })

  test('a request with a whole URL, as proxies send it, is answered by its path', async () => {
    const get = (target: string) => exchange(server.url, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)
    for (const origin of ['', 'http://a', 'HTTPS://b.localhost:8443']) {
      expect(await get(`${origin}${BASE}/my-org/my-service?revision_tag=1.2.9`), origin).toMatchObject({ status: 200 })
    }
    expect(await get('http://a')).toMatchObject({ status: (await get('/')).status })
    expect(await get('ftp://a/livez')).toMatchObject({ status: 400 })
  })

  test.for(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    '%s is answered with 405 and the methods that the path has',
    async (method) => {
      const response = await call(`${BASE}/my-org/my-service`, { method })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('GET, HEAD, POST')
      expect(await response.json()).toEqual({ error: 'Invalid request method.' })
    },
  )

  test.for(['/services/my-org/my-service', 'example.com:443'])('CONNECT %s is answered with 405', async (target) => {
    const { status, head, text } = await exchange(server.url, `CONNECT ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)
    expect([status, JSON.parse(text)]).toEqual([405, { error: 'Invalid request method.' }])
    expect(head).toMatch(/^allow:$/m)
  })

  test('CONNECT over HTTP/2 is answered with 405', async () => {
    const answer = await streamExchange(server.url, { ':method': 'CONNECT', ':authority': 'example.com:443' }, '')
    expect(answer).toMatchObject({ status: 405, headers: { allow: '' }, text: '{"error":"Invalid request method."}' })
  })

  test('an unknown Expect header is ignored', async () => {
    const head = `GET ${BASE}/my-org/my-service HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n`
    expect(await exchange(server.url, head)).toMatchObject({ status: 200 })
  })

  test('a registration without a tag or without a body is answered with the documented message', async () => {
    const error = 'A revision tag must be included when registering a new service revision.'
    for (const body of ['{}', '', '{"revision_tag": ""}', '{"revision_tag": null}']) {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
      const response = await call(`${BASE}/my-org/my-service`, init)
      expect([response.status, await response.json()], body).toEqual([400, { error }])
    }
    expect((await call(`${BASE}/my-org/my-service`, { method: 'POST' })).status).toBe(400)
  })

  test('unknown keys in a body and unknown parameters in a query are refused', async () => {
    const refused = await post('/my-org/unknown-keys', { revision_tag: '1.0.0', colour: 'red' })
    expect([refused.status, await refused.json()]).toEqual([
      400,
      {
        ...{ error: expect.stringContaining('"colour"'), reason: 'INVALID_REQUEST' },
        fields: [{ field: 'colour', description: expect.stringContaining('"colour"') }],
      },
    ])
    expect((await call(`${BASE}/my-org/unknown-keys`)).status).toBe(404)
    expect((await call(`${BASE}/my-org/my-service?colour=red`)).status).toBe(400)
  })

  test('a JSON body with a charset is accepted', async () => {
    const response = await post('/my-org/charset', { revision_tag: '1.0.0' }, 'Application/JSON; charset=utf-8')
    expect(response.status).toBe(201)
  })

  test('a percent-encoded segment of a path is decoded once', async () => {
    expect((await call(`${BASE}/my%2Dorg/my%2dservice`)).status).toBe(200)
    const twice = await call(`${BASE}/my%252Dorg/my-service`)
    const description = expect.stringContaining('"my%2Dorg"')
    expect([twice.status, await twice.json()]).toEqual([
      404,
      {
        ...{ error: description, reason: 'SERVICE_NOT_FOUND', metadata: { service_exists: false } },
        fields: [{ field: 'namespace', description }],
      },
    ])
  })

  test('a parameter that is given twice is refused', async () => {
    const response = await call(`${BASE}/my-org/my-service?revision_tag=1.2.9&revision_tag=1.0.0`)
    const description = expect.stringContaining('revision_tag')
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: description, reason: 'INVALID_REQUEST', fields: [{ field: 'revision_tag', description }] },
    ])
  })

  test.for([
    '/services/my-org/my-service',
    `${BASE}/my-org/my-service/`,
    `${BASE}/my-org`,
    `${BASE}/my-org/my-service/more`,
    '/nothing',
  ])('the path %s, which does not exist, is answered with 404 and no redirect', async (path) => {
    const response = await call(path, { redirect: 'manual' })
    expect([response.status, await response.json()]).toEqual([
      404,
      {
        error: 'this path does not exist; use a path of this server, such as those in its openapi.json.',
        reason: 'PATH_NOT_FOUND',
      },
    ])
  })
})

describe('beside REST', () => {
  test('/livez reports that the server is alive', async () => {
    const response = await call('/livez')
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }])
  })

  test.for(['/readyz', '/readyz?for=lookups', '/readyz?for=writes', '/api/integrations/octue/readyz?for=writes'])(
    '%s reports that the server is ready for lookups and for changes',
    async (path) => {
      const response = await call(path)
      const ok = { status: 'ok' }
      expect([response.status, await response.json()]).toEqual([200, { ...ok, lookups: ok, changes: ok }])
    },
  )

  test.for(['', 'write', 'changes'])('/readyz refuses for=%s, which it does not know', async (wanted) => {
    const response = await call(`/readyz?for=${wanted}`)
    const error = `for "${wanted}" is not valid; use lookups or writes.`
    expect([response.status, await response.json()]).toEqual([400, { error, reason: 'INVALID_REQUEST' }])
  })

  test.for(['', '/api/integrations/octue'])('RPCs are served below "%s"', async (prefix) => {
    const response = await call(`${prefix}/waypost.v1.ServiceRegistry/Get`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ namespace: 'my-org', name: 'my-service' }),
    })
    expect(await response.json()).toMatchObject({ revision: { revisionTag: '1.2.9', isDefault: true } })
  })
})
