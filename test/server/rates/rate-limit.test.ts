import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Rates } from '../../../src/server/call/rate-limit.ts'
import type { RunningServer } from '../../../src/start-server.ts'
import { ApiError, everyApi } from '../../support/api.ts'
import { startInProcess } from '../../support/in-process.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const service = { namespace: 'my-org', name: 'my-service' }
const started: { readonly server: RunningServer; readonly storage: Storage }[] = []
afterAll(async () => {
  // Each server waits for its clients, so they stop together.
  await Promise.all(started.map(({ server }) => server.close()))
  for (const { storage } of started) await storage.remove()
})

async function start(rates: Rates): Promise<RunningServer> {
  const storage: Storage = await sqliteStorage()
  const callerLimits = { rates, revisionsPerService: undefined, servicesPerNamespace: undefined }
  const server = await startInProcess(storage, { callerLimits })
  started.push({ server, storage })
  return server
}

/** Calls until a call is refused. A slow machine may be served more often than the rate at once. */
async function firstRefusal(call: (index: number) => Promise<unknown>): Promise<ApiError> {
  for (let index = 0; index < 20; index++) {
    const error = await call(index).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error instanceof ApiError) return error
    if (error !== undefined) throw error
  }
  throw new Error('it was served 20 times in a row')
}

describe.for(Object.entries(everyApi))('rates over %s', ([, open]) => {
  test('calls above a rate are refused, and the other kind of calls is served', async () => {
    const server = await start({ read: 1, write: 2 })
    const api = open(server.url)
    const register = (index: number) => api.call('register', { ...service, revision_tag: `1.0.${index}` })
    const refused = await firstRefusal(register)
    expect(refused).toMatchObject({
      reason: 'RATE_LIMITED',
      message: expect.stringMatching(
        /^the caller has sent more than the 2 writes per second that it may send; try again/,
      ),
    })
    expect(refused.code ?? refused.status).toBe(refused.code === undefined ? 429 : 'resource_exhausted')
    const get = () => api.call('get', { ...service, revision_tag: '1.0.0' })
    await get()
    expect(await firstRefusal(get)).toMatchObject({ reason: 'RATE_LIMITED' })
    api.close()
  })
})

describe.for(Object.entries(everyApi))('tokens to call revisions over %s', ([, open]) => {
  test('they count as reads, because they change nothing', async () => {
    const server = await start({ read: 1_000, write: 1 })
    const api = open(server.url)
    // The server issues none, but a refusal counts, too.
    const reasonOf = () => api.call('issueCallToken', service).catch(({ reason }: ApiError) => reason)
    for (let index = 0; index < 5; index++) expect(await reasonOf()).toBe('CALL_TOKENS_OFF')
    api.close()
  })
})

describe('a caller above its rates', () => {
  let url: string
  beforeAll(async () => {
    url = (await start({ read: 1, write: 1 })).url
    await Promise.all([fetch(`${url}/services/a/b`), fetch(`${url}/services/a/b`, { method: 'POST', body: '{}' })])
  })
  // The buckets must stay empty while this file runs.
  const refusedSoon = async (send: () => Promise<Response>): Promise<Response> => {
    for (let attempt = 0; attempt < 5; attempt++) {
      const response = await send()
      if (response.status === 429) return response
    }
    throw new Error('it was served five times in a row')
  }

  test('it learns the real wait from Retry-After, and nothing is read of its body', async () => {
    const body = '{"this is": not JSON'
    const response = await refusedSoon(() => fetch(`${url}/services/a/b`, { method: 'POST', body }))
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await response.json()).toMatchObject({ reason: 'RATE_LIMITED' })
  })

  test('HEAD counts as a read', async () => {
    const response = await refusedSoon(() => fetch(`${url}/services/a/b`, { method: 'HEAD' }))
    expect(response.headers.get('waypost-reason')).toBe('RATE_LIMITED')
  })

  test.for(['/livez', '/readyz', '/openapi.json', '/'])('%s is never refused', async (path) => {
    await refusedSoon(() => fetch(`${url}/services/a/b`))
    for (let call = 0; call < 10; call++) expect((await fetch(`${url}${path}`)).status).toBe(200)
  })

  test('the health check of gRPC is never refused', async () => {
    await refusedSoon(() => fetch(`${url}/services/a/b`))
    const check = () =>
      fetch(`${url}/grpc.health.v1.Health/Check`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
    for (let call = 0; call < 10; call++) expect((await check()).status).toBe(200)
  })
})
