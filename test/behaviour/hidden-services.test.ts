import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { permissions } from '../../src/domain/access/permission.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { type Api, type ApiError, everyApi, type Fields, type Method } from '../support/api.ts'
import { eventually } from '../support/eventually.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

// Services that a caller may not read: whether they exist must not be seen anywhere.

const [owner, limited, leaving] = [makeToken('owner'), makeToken('limited'), makeToken('leaving')]
const tokens = [owner, limited, leaving]
const READABLE = ['my-org-2/a', 'my-org/a', 'my-org/b', 'my-org/c', 'other-org/one']
const HIDDEN = ['hidden/a', 'hidden/there', 'my-org-3/a', 'other-org/two', 'zz/a']
const grantsOf = (leavingOn: readonly string[]) => [
  { permissions: ['admin'], on: ['*'], to: { token: 'owner' } },
  { permissions, on: ['my-org/*', 'my-org-2/*', 'other-org/one'], to: { token: 'limited' } },
  ...(leavingOn.length > 0 ? [{ permissions: ['read'], on: leavingOn, to: { token: 'leaving' } }] : []),
]

let storage: Storage
let folder: string
let server: RunningServer

beforeAll(async () => {
  storage = await sqliteStorage()
  folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  const file = await writeAccessFile(folder, { tokens, grants: grantsOf(['my-org/*', 'other-org/*']) })
  server = await startInProcess(storage, { access: { file } })
  const api = everyApi.REST(server.url, owner.headers)
  for (const service of [...READABLE, ...HIDDEN]) {
    const [namespace, name] = service.split('/')
    await api.call('register', { namespace, name, revision_tag: '1.0.0', labels: { tier: 'web' } })
    await api.call('setAlias', { namespace, name, alias: 'stable', revision_tag: '1.0.0' })
  }
  api.close()
})

afterAll(async () => {
  await server.close()
  await Promise.all([storage.remove(), rm(folder, { recursive: true })])
})

/** Requests about one service. Those about a revision name one that the hidden service has. */
const revision = { revision_tag: '1.0.0' }
const alias = { alias: 'stable' }
const requests: Readonly<Partial<Record<Method, readonly Fields[]>>> = {
  get: [
    {},
    revision,
    alias,
    { version_range: '^1' },
    { ...revision, view: 'FULL', explain: true },
    { revision_tag: '9' },
  ],
  listRevisions: [{}, { page_size: 1 }],
  testPolicy: [revision, { revision_tag: '0.1.0' }],
  register: [revision, { revision_tag: '2.0.0', validate_only: true }],
  getAlias: [alias],
  listAliases: [{}],
  setAlias: [{ ...alias, ...revision }],
  deleteAlias: [alias],
  setDefault: [revision],
  clearDefault: [{}],
  updateRevision: [{ ...revision, update_mask: 'description', description: 'd' }],
  deprecate: [revision],
  yank: [revision],
  unyank: [revision],
  undeprecate: [revision],
  deleteRevision: [{ ...revision, etag: 'e' }],
  issueCallToken: [{}, revision],
}

describe.for(Object.entries(everyApi))('over %s', ([, open]) => {
  const as = async <T>(headers: { readonly authorization: string }, use: (api: Api) => Promise<T>): Promise<T> => {
    const api = open(server.url, headers)
    return use(api).finally(() => api.close())
  }

  async function pages(api: Api, method: 'listServices' | 'listNamespaces', request: Fields) {
    const found: string[] = []
    const places: string[] = []
    for (let page_token = ''; ; ) {
      const {
        services = [],
        namespaces = [],
        next_page_token = '',
      } = await api.call(method, { ...request, page_token })
      found.push(
        ...(namespaces as string[]),
        ...(services as Fields[]).map(({ namespace, name }) => `${namespace}/${name}`),
      )
      if (next_page_token === '') return { found, places }
      page_token = String(next_page_token)
      places.push(Buffer.from(page_token, 'base64url').toString())
    }
  }

  test('lists show the services and namespaces that the caller may read, and no page token names another', async () => {
    await as(limited.headers, async (api) => {
      for (const page_size of [1, 2, 100]) {
        const services = await pages(api, 'listServices', { page_size, label_selector: 'tier=web' })
        expect(services.found).toEqual(READABLE)
        const namespaces = await pages(api, 'listNamespaces', { page_size })
        expect(namespaces.found).toEqual(['my-org-2', 'my-org', 'other-org'])
        for (const hidden of ['hidden', 'my-org-3', 'two', 'zz']) {
          expect([...services.places, ...namespaces.places].join()).not.toContain(hidden)
        }
      }
      const hidden = await Promise.all(
        ['hidden', 'hidden/', 'other-org/t', 'zz/a'].map((prefix) => pages(api, 'listServices', { prefix })),
      )
      expect(hidden.flatMap(({ found }) => found)).toEqual([])
    })
  })

  test('a page token of another caller shows nothing that the caller itself may not read', async () => {
    const request = { page_size: 1 }
    const { next_page_token } = await as(owner.headers, (api) => api.call('listServices', request))
    const page = await as(limited.headers, (api) => api.call('listServices', { page_token: next_page_token }))
    expect((page.services as Fields[]).map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(READABLE)
  })

  test('an answer about a service that the caller may not read does not tell whether it exists', async () => {
    await as(limited.headers, async (api) => {
      const names = Object.keys(requests) as Method[]
      for (const method of names) {
        for (const request of requests[method] ?? []) {
          const [there, missing] = await Promise.all(
            ['there', 'other'].map((name) => api.attempt(method, { namespace: 'hidden', name, ...request })),
          )
          expect(shown(there), method).toEqual(shown(missing))
          expect(shown(there), method).toMatchObject({ reason: 'PERMISSION_DENIED', metadata: {} })
        }
      }
      const check = (name: string) => api.call('whoAmI', { permission: 'read', resource: `hidden/${name}` })
      const [there, other] = await Promise.all([check('there'), check('other')])
      expect(JSON.stringify(there).replaceAll('there', 'other')).toBe(JSON.stringify(other))
    })
  })
})

test('a caller whose permission is taken away while it is listing gets the services that it may still read, and then 403', async () => {
  const api = everyApi.Connect(server.url, leaving.headers)
  const first = await api.call('listServices', { page_size: 2 })
  expect(textsOf(first)).toEqual(['my-org/a', 'my-org/b'])
  const next = () => api.attempt('listServices', { page_size: 9, page_token: first.next_page_token })
  await writeAccessFile(folder, { tokens, grants: grantsOf(['other-org/*']) })
  server.reload()
  await eventually('only the rest is listed', async () => {
    const answer = await next()
    return answer.ok && textsOf(answer.response).join() === 'other-org/one,other-org/two'
  })
  await writeAccessFile(folder, { tokens, grants: grantsOf([]) })
  server.reload()
  await eventually('the list is refused', async () => {
    const answer = await next()
    return !answer.ok && answer.error.reason === 'PERMISSION_DENIED'
  })
  api.close()
})

const textsOf = ({ services = [] }: Fields) =>
  (services as Fields[]).map(({ namespace, name }) => `${namespace}/${name}`)

/** The parts of an error that a caller sees, with one name in place of the other. */
function shown(answer: Awaited<ReturnType<Api['attempt']>> | undefined) {
  if (answer === undefined || answer.ok) return answer
  const { message, code, status, reason, fields, metadata }: ApiError = answer.error
  return { message: message.replaceAll('there', 'other'), code, status, reason, fields, metadata }
}
