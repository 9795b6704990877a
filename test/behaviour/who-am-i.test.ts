import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { makeToken } from '../support/access-file.ts'
import { type ApiError, everyApi, type Fields, type Headers } from '../support/api.ts'
import { type GuardedServer, startGuarded } from '../support/guarded-server.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

const pipeline = makeToken('pipeline')
const grant = { permissions: ['register', 'read'], on: ['my-org/*', 'other-org/one'] }

let storage: Storage
let open: RunningServer
let guarded: GuardedServer

beforeAll(async () => {
  storage = await sqliteStorage()
  open = await startInProcess(storage)
  guarded = await startGuarded({ tokens: [pipeline], grants: [{ ...grant, to: { token: 'pipeline' } }] })
})

afterAll(async () => {
  await Promise.all([open.close(), guarded.close()])
  await storage.remove()
})

describe.for(Object.entries(everyApi))('over %s', ([, openApi]) => {
  async function whoAmI(server: { readonly url: string }, request: Fields, headers?: Headers): Promise<Fields> {
    const api = openApi(server.url, headers)
    return api.call('whoAmI', request).finally(() => api.close())
  }

  test('without access control, every caller is anonymous and may do everything', async () => {
    expect(await whoAmI(open, { permission: 'delete', resource: 'my-org/my-service' })).toEqual({
      caller: { name: 'anonymous', kind: 'ANONYMOUS' },
      grants: [{ permissions: ['admin'], on: ['*'] }],
      check: { allowed: true },
    })
  })

  test('a caller learns its name, its grants and whether it has a permission', async () => {
    const request = { permission: 'register', resource: 'my-org/my-service' }
    expect(await whoAmI(guarded, request, pipeline.headers)).toEqual({
      caller: { name: 'token:pipeline', kind: 'STATIC_TOKEN', issuer: expect.any(String), subject: 'pipeline' },
      grants: [grant],
      check: { allowed: true },
    })
  })

  test('a caller without the permission learns why', async () => {
    const request = { permission: 'delete', resource: 'my-org/my-service' }
    const { check } = await whoAmI(guarded, request, pipeline.headers)
    expect(check).toEqual({ allowed: false, explanation: expect.stringMatching(/delete.*my-org\/my-service.*missing/) })
    const { check: anonymous } = await whoAmI(guarded, request)
    expect(anonymous).toMatchObject({ allowed: false, explanation: expect.stringContaining('send a token') })
  })

  test('a permission without a resource is that for any service', async () => {
    const anywhere = async (permission: string) => {
      const { check } = await whoAmI(guarded, { permission }, pipeline.headers)
      return (check as Fields).allowed
    }
    expect([await anywhere('register'), await anywhere('call')]).toEqual([true, false])
  })

  test('a request without a permission has an answer without a check', async () => {
    expect(await whoAmI(guarded, {})).toEqual({ caller: { name: 'anonymous', kind: 'ANONYMOUS' } })
  })

  test.for([
    ['an unknown permission', { permission: 'write' }, 'INVALID_PERMISSION', /"write" is not valid; use one of read,/],
    ['a resource alone', { resource: 'my-org/a' }, 'INVALID_PERMISSION', /^permission is missing, although resource/],
    ['a bad namespace', { permission: 'read', resource: 'My-Org/a' }, 'INVALID_PERMISSION', /"My-Org\/a" is not valid/],
    [
      'a text that is no service',
      { permission: 'read', resource: 'my-org' },
      'INVALID_PERMISSION',
      /"my-org" is not valid/,
    ],
    ['a revision', { permission: 'read', resource: 'my-org/a:1.0.0' }, 'INVALID_PERMISSION', /"my-org\/a:1.0.0"/],
  ] as const)('$0 is refused', async ([, request, reason, message]) => {
    const error = await whoAmI(open, request).catch((cause: ApiError) => cause)
    expect(error).toMatchObject({ reason, message: expect.stringMatching(message) })
  })
})
