import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { apis, type Fields } from '../support/api.ts'
import { startInProcess } from '../support/in-process.ts'
import { sendJson } from '../support/send-json.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

const publicUrl = 'https://registry.example.com'
const admin = makeToken('admin')
const caller = makeToken('caller')
const reader = makeToken('reader')

let folder = ''
let storage: Storage
let server: RunningServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-access-'))
  storage = await sqliteStorage()
  const file = await writeAccessFile(folder, {
    tokens: [admin, caller, reader],
    grants: [
      { permissions: ['admin'], on: ['*'], to: { token: 'admin' } },
      { permissions: ['call'], on: ['my-org/*'], to: { token: 'caller' } },
      { permissions: ['read'], on: ['*'], to: 'anyone' },
    ],
    others: {
      audiences: ['https://registry.example.com/services'],
      call_audiences: [{ on: 'my-org/special', audience: 'https://special.example.com' }],
    },
  })
  const issuer = { kind: 'jwt', publicUrl, signingKeys: join(folder, 'keys') } as const
  server = await startInProcess(storage, { access: { file }, callTokens: { publicUrl, issuer } })
  for (const name of ['my-org/my-service', 'my-org/special', 'other/service']) {
    const { status } = await sendJson(server.url, `/services/${name}`, { body: { revision_tag: '1.0.0' }, ...admin })
    expect(status).toBe(201)
  }
})
afterAll(async () => {
  await server.close()
  await storage.remove()
  await rm(folder, { recursive: true })
})

async function issue(service: string, headers?: Readonly<Record<string, string>>) {
  const { status, text } = await sendJson(server.url, `/services/${service}/token`, { body: {}, headers })
  return { status, body: JSON.parse(text) as Fields }
}

test('a caller with the permission gets a token in its own name', async () => {
  const { status, body } = await issue('my-org/my-service', caller.headers)
  expect(status).toBe(200)
  expect(decodeJwt(String(body.access_token))).toMatchObject({
    ...{ sub: 'waypost:token#caller', client_id: 'waypost:token#caller' },
    aud: 'waypost:my-org/my-service:1.0.0',
  })
})

test.for([
  ['without a token', 'my-org/my-service', undefined, 401, 'TOKEN_MISSING'],
  ['who may only read', 'my-org/my-service', reader.headers, 403, 'PERMISSION_DENIED'],
  ['who may call other services only', 'other/service', caller.headers, 403, 'PERMISSION_DENIED'],
  [
    'who may call other services only, for a service that does not exist',
    'none/none',
    caller.headers,
    403,
    'PERMISSION_DENIED',
  ],
] as const)('a caller %s gets none', async ([, service, headers, status, reason]) => {
  expect(await issue(service, headers)).toMatchObject({ status, body: { reason } })
})

test('the audience is the one that the access file has for the service', async () => {
  const { body } = await issue('my-org/special', caller.headers)
  expect(decodeJwt(String(body.access_token)).aud).toBe('https://special.example.com')
})

test.for(Object.entries(apis))('over %s, the registry refuses its own tokens as credentials', async ([, open]) => {
  const { body } = await issue('my-org/my-service', caller.headers)
  const api = open(server.url, { authorization: `Bearer ${body.access_token}` })
  for (const method of ['get', 'issueCallToken', 'whoAmI', 'listServices'] as const) {
    const fields = method === 'get' || method === 'issueCallToken' ? { namespace: 'my-org', name: 'my-service' } : {}
    const answer = await api.attempt(method, fields)
    const error = answer.ok ? undefined : answer.error
    expect(error?.reason, method).toBe('TOKEN_INVALID')
    expect(error?.message).not.toContain(String(body.access_token).slice(0, 20))
  }
  api.close()
})

test('an access file that trusts the registry as an issuer stops the start', async () => {
  const own = await mkdtemp(join(folder, 'own-'))
  const file = await writeAccessFile(own, {
    grants: [{ permissions: ['admin'], on: ['*'], to: { iss: publicUrl, any_subject: true } }],
    others: { audiences: ['waypost:my-org/my-service:1.0.0'], issuers: [{ issuer: publicUrl }] },
  })
  const starting = startInProcess(storage, { access: { file }, callTokens: { publicUrl } })
  await expect(starting).rejects.toThrow(/issuer .*"https:\/\/registry.example.com" is/)
})
