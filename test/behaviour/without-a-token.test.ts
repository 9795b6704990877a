import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { registryMethods } from '../../src/server/call/methods/registry-methods.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { documentedRoutes, fetchDocumented, type Route, requestKeys } from '../support/documented-answers.ts'
import { startInProcess } from '../support/in-process.ts'
import { streamExchange } from '../support/raw-http2.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { countStored } from '../support/stored-count.ts'

// Every route of the OpenAPI document and every RPC, so that a new one is covered by itself.

const routes = documentedRoutes()
/** The operations that every caller may call. */
const openOperations = ['whoAmI']
const guarded = routes.filter(({ operation }) => !openOperations.includes(operation.operationId))

const owner = makeToken('owner')
const stranger = makeToken('stranger')
const invalid = { authorization: 'Bearer test-somebody-else' }
const callers = [
  { who: 'a caller without a token', headers: {}, status: 401, reason: 'TOKEN_MISSING' },
  { who: 'a caller with a token that is not known', headers: invalid, status: 401, reason: 'TOKEN_INVALID' },
  { who: 'a caller without a permission', headers: stranger.headers, status: 403, reason: 'PERMISSION_DENIED' },
] as const

let storage: Storage
let folder: string
let server: RunningServer
let stored = 0

beforeAll(async () => {
  storage = await sqliteStorage()
  folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  const grants = [{ permissions: ['admin'], on: ['*'], to: { token: owner.name } }]
  const file = await writeAccessFile(folder, { tokens: [owner, stranger], grants })
  server = await startInProcess(storage, { access: { file } })
  stored = await countStored(storage.location)
})
afterAll(async () => {
  await server.close()
  await Promise.all([storage.remove(), rm(folder, { recursive: true })])
})

describe.for(callers)('$who', ({ headers, status, reason }) => {
  const refused = async (response: Response, what: string): Promise<void> => {
    expect([response.status, response.headers.get('waypost-reason')], what).toEqual([status, reason])
    expect(response.headers.has('www-authenticate'), what).toBe(status === 401)
  }

  test('every documented request of every route is refused, and nothing is stored', async () => {
    const requests = guarded.flatMap((route) => requestKeys(route).map((key) => ({ route, key })))
    expect(requests.length).toBeGreaterThan(guarded.length)
    for (const { route, key } of requests)
      await refused(await fetchDocumented(server.url, route, key, { headers }), `${route.operation.operationId} ${key}`)
    expect(await countStored(storage.location)).toBe(stored)
  })

  test('HEAD is refused as GET is', async () => {
    for (const route of guarded.filter(({ verb }) => verb === 'GET')) {
      const response = await fetchDocumented(server.url, { ...route, verb: 'HEAD' }, requestKeys(route)[0], { headers })
      await refused(response, route.operation.operationId)
      expect(await response.text()).toBe('')
    }
  })

  test.for<readonly [string, (route: Route) => RequestInit & { readonly path?: string }]>([
    ['without a body', () => ({})],
    ['with an empty object', () => ({ body: '{}' })],
    ['with a body that is not JSON', () => ({ body: '{"revision_tag": ' })],
    ['with an unknown field', () => ({ body: '{"is_defualt": true}' })],
    ['with a body that is too large', () => ({ body: `{"description":"${'x'.repeat(2 ** 21)}"}` })],
    ['with an unknown parameter', ({ path }) => ({ path: `${path}?whatever=1` })],
    ['about a namespace that is not valid', ({ path }) => ({ path: path.replace('{namespace}', 'My_Org') })],
    ['with broken percent-encoding', ({ path }) => ({ path: path.replace(/\{\w+\}/, '%') })],
  ])('every route refuses a request %s, without a word about its mistake', async ([what, change]) => {
    for (const route of guarded) {
      const { path = route.path, body } = change(route)
      const hasBody = body !== undefined && route.verb !== 'GET'
      const response = await fetch(`${server.url}${path.replaceAll(/\{\w+\}/g, 'some')}`, {
        ...{ method: route.verb, headers },
        ...(hasBody && { body }),
      })
      await refused(response, `${route.operation.operationId} ${what}`)
    }
  })

  test('every RPC is refused over Connect by POST and by GET, and over gRPC-Web and gRPC, whatever it contains', async () => {
    for (const [name, { method, permission }] of Object.entries(registryMethods)) {
      if (permission === null) continue
      const path = `/${ServiceRegistry.typeName}/${method.name}`
      for (const body of ['{}', '{"namespace":"my-org","name":"my-service"}', '{"nothing":1}', '{']) {
        const json = { ...headers, 'content-type': 'application/json' }
        const response = await fetch(`${server.url}${path}`, { method: 'POST', headers: json, body })
        expect(response.status, `${name} ${body}`).toBe(status)
        expect(await response.text(), name).toContain(reason)
      }
      const get = await fetch(`${server.url}${path}?connect=v1&encoding=json&message=%7B%7D`, { headers })
      // Connect answers GET for methods without side effects only.
      expect(get.status, `${name} by GET`).toBe(get.headers.get('allow') === 'POST' ? 405 : status)
      const empty = new Uint8Array(5)
      const web = { ...headers, 'content-type': 'application/grpc-web+proto' }
      const overWeb = await fetch(`${server.url}${path}`, { method: 'POST', headers: web, body: empty })
      const code = status === 401 ? '16' : '7'
      const said = overWeb.headers.get('grpc-status') ?? /grpc-status: (\d+)/.exec(await overWeb.text())?.[1]
      expect(said, `${name} over gRPC-Web`).toBe(code)
      const type = { 'content-type': 'application/grpc+proto', te: 'trailers' }
      const grpc = await streamExchange(server.url, { ':path': path, ...type, ...headers }, empty)
      expect(grpc.headers['grpc-status'] ?? grpc.trailers['grpc-status'], `${name} over gRPC`).toBe(code)
    }
    expect(await countStored(storage.location)).toBe(stored)
  })
})

test('the open paths answer a caller without a token', async () => {
  for (const path of ['/', '/version', '/livez', '/readyz', '/openapi.json', '/whoami'])
    expect((await fetch(`${server.url}${path}`)).status, path).toBe(200)
})

test('a path and a method that do not exist are no secret', async () => {
  expect((await fetch(`${server.url}/nothing`)).status).toBe(404)
  expect((await fetch(`${server.url}/services/my-org/my-service`, { method: 'PUT' })).status).toBe(405)
  const unknown = await fetch(`${server.url}/${ServiceRegistry.typeName}/Nothing`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
  })
  expect([404, 501]).toContain(unknown.status)
})

test('the owner is served by every route, so the refusals above come from its permission', async () => {
  for (const route of guarded) {
    const [key] = requestKeys(route)
    const { status } = await fetchDocumented(server.url, route, key, { headers: owner.headers })
    expect([401, 403], route.operation.operationId).not.toContain(status)
  }
})
