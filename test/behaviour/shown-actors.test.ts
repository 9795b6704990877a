import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CallMethod } from '../../src/server/call/method.ts'
import { registryMethods } from '../../src/server/call/methods/registry-methods.ts'
import { type Api, apis, everyApi, type Fields, type Method, type OpenApi } from '../support/api.ts'
import { mongoSkipReason, mongoStorage } from '../support/mongo-storage.ts'
import { type RegistryOfCallers, startRegistryOfCallers } from '../support/registry-of-callers.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

const service = { namespace: 'my-org', name: 'my-service' }
const SECRETS = ['the-pipeline', 'the-manager', 'a reason for the team', 'a reason for the rollout', 'a tester']

const rolledOut = { revision_tag: '2.0.0', weight: 10_000, pinned_keys: ['a tester'] }

/** Requests of each method that the permission to read is enough for. */
const reads: Partial<Record<Method, readonly Fields[]>> = {
  get: [
    { view: 'FULL', explain: true },
    { revision_tag: '1.0.0', view: 'FULL', explain: true },
    { version_range: '^1', view: 'FULL', explain: true },
    { alias: 'stable', view: 'FULL', explain: true },
    { targeting_key: 'anybody', view: 'FULL', explain: true },
    { targeting_key: 'a tester', explain: true },
    {},
  ],
  listRevisions: [{ view: 'FULL' }, { view: 'FULL', order: 'HIGHEST_VERSION_FIRST' }, {}],
  getAlias: [{ alias: 'stable' }],
  listAliases: [{}],
  testPolicy: [{ revision_tag: '9.0.0' }, { revision_tag: '1.0.0' }],
  getRollout: [{}],
  listChanges: [{}, { actor: 'a-reader' }],
  listServices: [{}],
  listNamespaces: [{}],
}

/** The methods whose requests name no service. */
const aboutAll: Partial<Record<Method, true>> = { listServices: true, listNamespaces: true }

test('each method that the permission to read is enough for is in the list', () => {
  const methods = Object.entries<CallMethod>(registryMethods as never).filter(([, row]) => row.permission === 'read')
  expect(Object.keys(reads).sort()).toEqual(methods.map(([name]) => name).sort())
})

function define(createStorage: () => Promise<Storage>, protocols: Readonly<Record<string, OpenApi>>): void {
  let storage: Storage
  let server: RegistryOfCallers

  beforeAll(async () => {
    storage = await createStorage()
    server = await startRegistryOfCallers(storage, {
      'a-token-of-the-pipeline': { name: 'the-pipeline', subject: '1' },
      'a-token-of-the-manager': { name: 'the-manager', subject: '2' },
      'a-token-of-the-reader': { name: 'the-reader', subject: '3', seesActors: false },
    })
    const [pipeline, manager] = ['pipeline', 'manager'].map((name) => open(apis.Connect, name)) as [Api, Api]
    for (const revision_tag of ['1.0.0', '1.1.0', '1.2.0', '2.0.0']) {
      await pipeline.call('register', { ...service, revision_tag })
    }
    const changes: readonly (readonly [Method, Fields])[] = [
      ['setAlias', { alias: 'stable', follows: '^1' }],
      ['yank', { revision_tag: '1.2.0', reason: 'it loses data' }],
      ['deprecate', { revision_tag: '1.1.0', message: 'use 2.0.0' }],
      ['setDefault', { revision_tag: '1.0.0', reason: 'a reason for the team' }],
      ['setRollout', { candidates: [rolledOut], reason: 'a reason for the rollout' }],
    ]
    for (const [method, request] of changes) await manager.call(method, { ...service, ...request })
    for (const api of [pipeline, manager]) api.close()
  })

  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  function open(openApi: OpenApi, name: string): Api {
    return openApi(server.url, { authorization: `Bearer a-token-of-the-${name}` })
  }

  describe.for(Object.entries(protocols))('over %s', ([, openApi]) => {
    let reader: Api
    let manager: Api

    beforeAll(() => {
      reader = open(openApi, 'reader')
      manager = open(openApi, 'manager')
    })
    afterAll(() => {
      for (const api of [reader, manager]) api.close()
    })

    const get = async (api: Api, request: Fields) =>
      (await api.call('get', { ...service, ...request })).revision as Record<string, Fields>

    test('a caller that may only read gets no name of an actor and no reason of a default', async () => {
      for (const [method, requests = []] of Object.entries(reads)) {
        for (const request of requests) {
          const sent = method in aboutAll ? request : { ...service, ...request }
          const answer = JSON.stringify(await reader.call(method as Method, sent))
          for (const secret of SECRETS) expect(answer, method).not.toContain(secret)
        }
      }
    })

    test('a caller that may change the service sees who registered a revision', async () => {
      const [seen, hidden] = [await get(manager, { view: 'FULL' }), await get(reader, { view: 'FULL' })]
      expect(seen.registered_by).toBe('the-pipeline')
      const { registered_by: _, ...others } = seen
      expect(hidden, 'everything else is the same').toEqual(others)
      const list = async (api: Api) =>
        (await api.call('listRevisions', { ...service, view: 'FULL' })).revisions as Fields[]
      expect((await list(manager)).map(({ registered_by }) => registered_by)).toEqual(Array(4).fill('the-pipeline'))
      expect((await list(reader)).every((revision) => !('registered_by' in revision))).toBe(true)
    })

    test('an explanation tells who made a revision the default, and why, only to those who may change the service', async () => {
      const [seen, hidden] = [await get(manager, { explain: true }), await get(reader, { explain: true })]
      const sruid = 'my-org/my-service:1.0.0'
      const inRollout = 'A rollout runs, but the request has no targeting key.'
      expect(seen.explanation?.description).toBe(
        `${sruid} was made the default by hand by the-manager: a reason for the team. ${inRollout} ` +
          'The rollout was set by the-manager: a reason for the rollout.',
      )
      expect(hidden.explanation?.description).toBe(`${sruid} was made the default by hand. ${inRollout}`)
      expect({ ...hidden.explanation, description: '' }).toEqual({ ...seen.explanation, description: '' })
    })

    test('a rollout has its reason and its pinned keys only for those who may change the service', async () => {
      const get = async (api: Api) => (await api.call('getRollout', service)).rollout as Fields
      const [seen, hidden] = [await get(manager), await get(reader)]
      const [candidate] = seen.candidates as Fields[]
      expect(seen).toMatchObject({ reason: 'a reason for the rollout' })
      expect(candidate).toMatchObject(rolledOut)
      const { pinned_keys: _, ...shown } = candidate as Fields
      const { reason: __, ...others } = seen
      expect(hidden, 'everything else is the same').toEqual({ ...others, candidates: [shown] })
    })

    test('every caller that may read sees why a revision is yanked or deprecated', async () => {
      expect((await get(reader, { revision_tag: '1.2.0' })).yank).toEqual({ reason: 'it loses data' })
      expect((await get(reader, { revision_tag: '1.1.0' })).deprecation).toEqual({ message: 'use 2.0.0' })
      expect(JSON.stringify((await get(reader, { explain: true })).explanation)).toContain(
        'it is yanked: it loses data',
      )
    })

    test('an answer that is kept for later calls is never that of a caller with other rights', async () => {
      const requests = reads.get ?? []
      const fresh = async (api: Api) => Promise.all(requests.map((request) => get(api, request)))
      const expected = new Map([[reader, await fresh(reader)] as const, [manager, await fresh(manager)] as const])
      for (const api of [manager, reader, manager, manager, reader, reader]) {
        for (const [index, request] of requests.entries()) {
          expect(await get(api, request)).toEqual(expected.get(api)?.[index])
        }
      }
      expect(expected.get(reader)?.at(-1), 'the plain answer is the same for all').toEqual(
        expected.get(manager)?.at(-1),
      )
    })
  })
}

describe('the actors of changes, on SQLite', () => define(sqliteStorage, everyApi))
describe.skipIf(mongoSkipReason)('the actors of changes, on MongoDB', () => define(mongoStorage, { gRPC: apis.gRPC }))
