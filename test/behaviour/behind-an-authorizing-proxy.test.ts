import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { type AuthorizingProxy, startAuthorizingProxy } from '../support/authorizing-proxy.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import type { Storage } from '../support/storage.ts'

// Clients that know nothing of tokens work behind a proxy that adds one. Without the proxy they are refused.

const PATH = '/services/my-org/my-service'
const at = (revision_tag: string, is_default: boolean) => ({
  ...{ namespace: 'my-org', name: 'my-service', revision_tag, is_default },
})
const get = (query = ''): readonly [string, string, object?] => ['GET', `${PATH}${query}`]
const post = (body: object): readonly [string, string, object?] => ['POST', PATH, body]

/** Requests in their order, and the answers of a registry to callers that may do everything. */
const requests: readonly (readonly [readonly [string, string, object?], number, object?])[] = [
  [get(), 404, { error: 'Service revision not found.' }],
  [post({ revision_tag: '1.2.9' }), 201, at('1.2.9', true)],
  [post({ revision_tag: '1.2.9' }), 200, at('1.2.9', true)],
  [get(), 200, at('1.2.9', true)],
  [get('?revision_tag='), 200, at('1.2.9', true)],
  [post({ revision_tag: '1.10.0' }), 201, at('1.10.0', true)],
  [get('?revision_tag=1.2.9'), 200, at('1.2.9', false)],
  [post({ revision_tag: '2.0.0', is_default: false }), 201, at('2.0.0', false)],
  [get(), 200, at('1.10.0', true)],
  [get('?revision_tag=7.7.7'), 404],
  [post({}), 400, { error: 'A revision tag must be included when registering a new service revision.' }],
  [post({ revision_tag: '1.2.9', is_default: true }), 409],
  [['GET', '/services/My_Org/my-service'], 404],
  [['PUT', PATH, {}], 405, { error: 'Invalid request method.' }],
]

describeOnEachStore('a registry with access control', (createStorage) => {
  let storage: Storage
  let folder: string
  let server: RunningServer
  let proxy: AuthorizingProxy

  beforeAll(async () => {
    storage = await createStorage()
    folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
    const token = makeToken('proxy')
    const grants = [{ permissions: ['read', 'register'], on: ['my-org/*'], to: { token: token.name } }]
    server = await startInProcess(storage, {
      access: { file: await writeAccessFile(folder, { tokens: [token], grants }) },
    })
    proxy = await startAuthorizingProxy(server.url, token.headers.authorization)
  })
  afterAll(async () => {
    proxy.close()
    await server.close()
    await Promise.all([storage.remove(), rm(folder, { recursive: true })])
  })

  const send = async (url: string, [method, path, body]: readonly [string, string, object?]) => {
    const response = await fetch(`${url}${path}`, { method, ...(body && { body: JSON.stringify(body) }) })
    return { status: response.status, body: (await response.json()) as object }
  }

  test('behind a proxy that adds a token, the requests of the REST contract are answered as without access control', async () => {
    for (const [request, status, body] of requests) {
      const answer = await send(proxy.url, request)
      expect(answer.status, request.join(' ')).toBe(status)
      if (body !== undefined) expect(answer.body, request.join(' ')).toEqual(body)
    }
  })

  test('each of these requests without a token gets 401, also about a service that exists', async () => {
    // The method is refused before anything else is known about the request.
    const guarded = requests.filter(([, status]) => status !== 405)
    for (const [request] of guarded) {
      const answer = await send(server.url, request)
      expect(answer, request.join(' ')).toMatchObject({ status: 401, body: { reason: 'TOKEN_MISSING' } })
    }
  })
})
