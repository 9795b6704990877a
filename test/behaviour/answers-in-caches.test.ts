import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { apis } from '../support/api.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

const [owner, reader] = [makeToken('owner'), makeToken('reader')]
const service = { namespace: 'my-org', name: 'my-service' }
const message = encodeURIComponent(JSON.stringify(service))
const CONNECT_GET = `/waypost.v1.ServiceRegistry/Get?connect=v1&encoding=json&message=${message}`
const PRIVATE = 'private, no-cache'

let storage: Storage
let folder: string
let guarded: RunningServer
let open: RunningServer
beforeAll(async () => {
  storage = await sqliteStorage()
  folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  const grants = [
    { permissions: ['admin'], on: ['*'], to: { token: 'owner' } },
    { permissions: ['read'], on: ['my-org/*'], to: { token: 'reader' } },
  ]
  const file = await writeAccessFile(folder, { tokens: [owner, reader], grants })
  guarded = await startInProcess(storage, { access: { file } })
  open = await startInProcess(storage)
  const api = apis.REST(guarded.url, owner.headers)
  await api.call('register', { ...service, revision_tag: '1.0.0' })
  api.close()
})
afterAll(async () => {
  await Promise.all([guarded.close(), open.close()])
  await Promise.all([storage.remove(), rm(folder, { recursive: true })])
})

const cacheControlOf = async (url: string, init: RequestInit = {}) => {
  const response = await fetch(url, init)
  await response.arrayBuffer()
  return [response.status, response.headers.get('cache-control')]
}

test.for([
  ['a revision', '/services/my-org/my-service', 200],
  ['a list', '/services', 200],
  ['the caller', '/whoami', 200],
  ['a revision over Connect', CONNECT_GET, 200],
  ['a service that does not exist', '/services/my-org/none', 404],
  ['a service that the caller may not read', '/services/your-org/none', 403],
] as const)('with an access file, no shared cache may keep the answer about %s', async ([, path, status]) => {
  const { headers } = reader
  expect(await cacheControlOf(guarded.url + path, { headers })).toEqual([status, PRIVATE])
  expect(await cacheControlOf(guarded.url + path, { headers, method: 'HEAD' })).toEqual([
    path === CONNECT_GET ? 405 : status,
    path === CONNECT_GET ? null : PRIVATE,
  ])
})

test('with an access file, no shared cache may keep the refusal of a caller without a token', async () => {
  expect(await cacheControlOf(`${guarded.url}/services`)).toEqual([401, PRIVATE])
})

test('an answer that the caller already has says so, too, and another caller with another view does not have it', async () => {
  const url = `${guarded.url}/services/my-org/my-service?view=FULL`
  const etag = (await fetch(url, owner)).headers.get('etag') ?? ''
  const again = (caller: typeof owner) => cacheControlOf(url, { headers: { ...caller.headers, 'if-none-match': etag } })
  expect(await again(owner)).toEqual([304, PRIVATE])
  expect(await again(reader)).toEqual([200, PRIVATE])
})

test('answers that are the same for all callers, and those of a server without an access file, may be kept', async () => {
  for (const path of ['/', '/openapi.json', '/livez']) {
    expect(await cacheControlOf(guarded.url + path), path).toEqual([200, null])
  }
  expect(await cacheControlOf(`${open.url}/services/my-org/my-service`)).toEqual([200, null])
})
