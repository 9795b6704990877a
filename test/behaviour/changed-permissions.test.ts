import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { type Api, apis, type Fields } from '../support/api.ts'
import { startInProcess } from '../support/in-process.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

const [owner, reader] = [makeToken('owner'), makeToken('reader')]
const tokens = [owner, reader]
const ownerGrant = { permissions: ['admin'], on: ['*'], to: { token: 'owner' } }

let storage: Storage
let folder: string
let server: RunningServer
let lines: ReturnType<typeof recordingLogger>['lines']

/** Lets the reader read these services from now on. */
async function letRead(...on: readonly string[]): Promise<void> {
  const grants = [ownerGrant, ...(on.length > 0 ? [{ permissions: ['read'], on, to: { token: 'reader' } }] : [])]
  await writeAccessFile(folder, { tokens, grants })
  server.reload()
}

beforeEach(async () => {
  storage = await sqliteStorage()
  folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  const file = await writeAccessFile(folder, { tokens, grants: [ownerGrant] })
  const recorded = recordingLogger()
  lines = recorded.lines
  server = await startInProcess(storage, { access: { file }, log: recorded.log })
  const api = apis.REST(server.url, owner.headers)
  for (const namespace of ['a-org', 'b-org', 'c-org'])
    for (const name of ['one', 'two']) await api.call('register', { namespace, name, revision_tag: '1.0.0' })
  api.close()
})

afterEach(async () => {
  await server.close()
  await Promise.all([storage.remove(), rm(folder, { recursive: true })])
})

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
  await writeAccessFile(folder, { tokens, grants: [{ permissions: ['write'], on: ['*'], to: 'anyone' }] })
  server.reload()
  const api = apis.gRPC(server.url, reader.headers)
  expect(await api.call('get', { namespace: 'a-org', name: 'one' })).toMatchObject({
    revision: { revision_tag: '1.0.0' },
  })
  expect((await api.attempt('get', { namespace: 'b-org', name: 'one' })).ok).toBe(false)
  api.close()
  const messages = lines.map(({ message }) => message)
  expect(messages).toContain('the changed access file cannot be used, so the server keeps the previous one')
})
