import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeToken } from '../support/access-file.ts'
import { type Api, apis, type Fields } from '../support/api.ts'
import { type GuardedServer, startGuarded } from '../support/guarded-server.ts'
import { recordingLogger } from '../support/recording-logger.ts'

const [owner, reader] = [makeToken('owner'), makeToken('reader')]
const tokens = [owner, reader]
const ownerGrant = { permissions: ['admin'], on: ['*'], to: { token: 'owner' } }

let server: GuardedServer
let lines: ReturnType<typeof recordingLogger>['lines']

/** Lets the reader read these services from now on. */
async function letRead(...on: readonly string[]): Promise<void> {
  const grants = [ownerGrant, ...(on.length > 0 ? [{ permissions: ['read'], on, to: { token: 'reader' } }] : [])]
  await server.replaceAccess({ tokens, grants })
}

beforeEach(async () => {
  const recorded = recordingLogger()
  lines = recorded.lines
  server = await startGuarded({ tokens, grants: [ownerGrant] }, { log: recorded.log })
  const api = apis.REST(server.url, owner.headers)
  for (const namespace of ['a-org', 'b-org', 'c-org'])
    for (const name of ['one', 'two']) await api.call('register', { namespace, name, revision_tag: '1.0.0' })
  api.close()
})

afterEach(() => server.close())

describe.for(Object.entries(apis))('over %s', ([, open]) => {
  const namesOf = ({ services = [] }: Fields) =>
    (services as Fields[]).map(({ namespace, name }) => `${namespace}/${name}`)
  const withReader = async <T>(use: (api: Api) => Promise<T>): Promise<T> => {
    const api = open(server.url, reader.headers)
    return use(api).finally(() => api.close())
  }

  test('a caller whose permission is taken away while it lists gets no further page', () =>
    withReader(async (api) => {
      await letRead('*')
      const first = await api.call('listServices', { page_size: 3 })
      expect(namesOf(first)).toEqual(['a-org/one', 'a-org/two', 'b-org/one'])
      await letRead()
      const second = await api.attempt('listServices', { page_size: 3, page_token: first.next_page_token })
      expect(second).toMatchObject({ ok: false, error: { reason: 'PERMISSION_DENIED' } })
    }))

  test('a caller who may read fewer services while it lists gets only those on its next page', () =>
    withReader(async (api) => {
      await letRead('*')
      const { next_page_token: page_token } = await api.call('listServices', { page_size: 1 })
      await letRead('c-org/two')
      const rest = await api.call('listServices', { page_size: 3, page_token })
      expect([namesOf(rest), rest.next_page_token]).toEqual([['c-org/two'], undefined])
    }))

  test('a caller who may read more services while it lists gets them on its next page', () =>
    withReader(async (api) => {
      await letRead('a-org/*', 'c-org/two')
      const { next_page_token: page_token } = await api.call('listServices', { page_size: 1 })
      await letRead('*')
      const rest = await api.call('listServices', { page_size: 10, page_token })
      expect(namesOf(rest)).toEqual(['a-org/two', 'b-org/one', 'b-org/two', 'c-org/one', 'c-org/two'])
    }))
})

test('a change of the access file that cannot be used changes no permission, and is logged', async () => {
  await letRead('a-org/*')
  await server.replaceAccess({ tokens, grants: [{ permissions: ['write'], on: ['*'], to: 'anyone' }] })
  const api = apis.gRPC(server.url, reader.headers)
  expect(await api.call('get', { namespace: 'a-org', name: 'one' })).toMatchObject({
    revision: { revision_tag: '1.0.0' },
  })
  expect((await api.attempt('get', { namespace: 'b-org', name: 'one' })).ok).toBe(false)
  api.close()
  const messages = lines.map(({ message }) => message)
  expect(messages).toContain('the changed access file cannot be used, so the server keeps the previous one')
})
