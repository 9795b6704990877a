import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import type { Entry } from '../../src/domain/log.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { type Api, apis, type Fields, type Method, type OpenApi } from './api.ts'
import { startInProcess } from './in-process.ts'
import { isOnReplicaSet } from './mongo-topology.ts'
import { type Storage, sqliteStorage } from './storage.ts'
import { readStoredLog } from './stored-log.ts'

/** The service that a behaviour is tested with. Each test has a new one, without revisions. */
export interface Subject {
  readonly api: () => Api
  /** The namespace and the name of the service, for a request. */
  readonly service: () => { readonly namespace: string; readonly name: string }
  /** The entries of the service as they are stored. They contain details that no answer of the API shows. */
  storedLog(): Promise<readonly Entry[]>
  /** Calls a method about the service. */
  call(method: Method, request?: Fields): Promise<Fields>
  /** Registers revisions of the service, one after the other. */
  register(...tags: readonly string[]): Promise<void>
}

/** Describes a behaviour that does not depend on the store. It is tested on SQLite, over each protocol. */
export function describeOverEachProtocol(name: string, define: (subject: Subject) => void): void {
  if (isOnReplicaSet) return
  describe(`${name}, on SQLite`, () => describeOn(sqliteStorage, apis, define))
}

/** Describes a behaviour on one kind of store, over these protocols. */
export function describeOn(
  createStorage: () => Promise<Storage>,
  protocols: Readonly<Record<string, OpenApi>>,
  define: (subject: Subject) => void,
): void {
  let storage: Storage
  let server: RunningServer
  let count = 0

  beforeAll(async () => {
    storage = await createStorage()
    server = await startInProcess(storage)
  })

  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  describe.for(Object.entries(protocols))('over %s', ([, open]) => {
    let api: Api
    let service: { readonly namespace: string; readonly name: string }

    beforeEach(() => {
      api ??= open(server.url)
      service = { namespace: 'my-org', name: `my-service-${++count}` }
    })
    afterAll(() => api?.close())

    const call = (method: Method, request: Fields = {}) => api.call(method, { ...service, ...request })
    define({
      api: () => api,
      service: () => service,
      storedLog: () => readStoredLog(storage, service.namespace, service.name),
      call,
      register: async (...tags) => {
        for (const tag of tags) await call('register', { revision_tag: tag })
      },
    })
  })
}
