import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseTargetingKeyHeader } from '../../../src/server/rest/targeting-key-header.ts'
import type { RunningServer } from '../../../src/start-server.ts'
import { apis, type Fields } from '../../support/api.ts'
import { startInProcess } from '../../support/in-process.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const service = { namespace: 'my-org', name: 'my-service' }

describe('the header Waypost-Targeting-Key', () => {
  test.for([
    ['user-42', 'user-42'],
    ['%C3%BCn%C3%AFcode', 'ünïcode'],
    ['%F0%9F%9A%80', '🚀'],
    ['a+b c', 'a+b c'],
    ['100%25', '100%'],
  ] as const)('%o is the targeting key %o', ([header, key]) => {
    expect(parseTargetingKeyHeader(header)).toBe(key)
  })

  test.for(['ünïcode', '%FC', '100%', '%C3', 'a\tb'])('%o is refused, because it is not percent-encoded', (header) => {
    expect(() => parseTargetingKeyHeader(header)).toThrow(
      expect.objectContaining({
        reason: 'INVALID_TARGETING_KEY',
        fieldViolations: [{ field: 'targeting_key', description: expect.stringContaining('Waypost-Targeting-Key') }],
        message: expect.stringMatching(/^the header Waypost-Targeting-Key is not percent-encoded UTF-8; encode it/),
      }),
    )
  })
})

describe('a request with the header Waypost-Targeting-Key', () => {
  let storage: Storage
  let server: RunningServer
  beforeAll(async () => {
    storage = await sqliteStorage()
    server = await startInProcess(storage)
    const api = apis.REST(server.url)
    await api.call('register', { ...service, revision_tag: '1.0.0' })
    await api.call('register', { ...service, revision_tag: '2.0.0', is_default: false })
    await api.call('setRollout', { ...service, candidates: [{ revision_tag: '2.0.0', pinned_keys: ['ü&'] }] })
    api.close()
  })
  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  const get = async (path: string, header: string) => {
    const answer = await fetch(server.url + path, { headers: { 'waypost-targeting-key': header } })
    return { status: answer.status, body: (await answer.json()) as Fields }
  }
  const path = '/services/my-org/my-service'

  test.for([
    ['', '%C3%BC%26'],
    ['?targeting_key=', '%C3%BC%26'],
    ['?targeting_key=%C3%BC%26', '%C3%BC%26'],
    ['?targeting_key=%C3%BC%26', ''],
    ['/default', '%C3%BC%26'],
  ] as const)('gets the candidate of the key at %o with the header %o', async ([query, header]) => {
    expect((await get(path + query, header)).body).toMatchObject({ revision_tag: '2.0.0' })
  })

  test('is refused if its query has another key, and the error contains neither', async () => {
    const { status, body } = await get(`${path}?targeting_key=somebody`, 'else')
    expect(status).toBe(400)
    const description = 'targeting_key differs from the header Waypost-Targeting-Key; give it in one place.'
    expect(body).toEqual({
      error: description,
      ...{ reason: 'INVALID_REQUEST', fields: [{ field: 'targeting_key', description }] },
    })
  })

  test('is refused if the header is not percent-encoded, unless the method has no targeting key', async () => {
    expect(await get(path, '%zz')).toMatchObject({ status: 400, body: { reason: 'INVALID_TARGETING_KEY' } })
    expect(await get(`${path}/rollout`, '%zz')).toMatchObject({ status: 200 })
  })
})
