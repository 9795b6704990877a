import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { registrationEntry } from '../../src/domain/log.ts'
import { parseServiceReference, parseSruid } from '../../src/domain/sruid.ts'
import { CONTRACT_CASE_TIMEOUT_MS, storeContract } from '../../src/store/contract/contract.ts'
import { openMongoStore } from '../../src/store/mongodb/mongodb-store.ts'
import { type RevisionScan, type Store, theDefault } from '../../src/store/store.ts'
import { mongoSkipReason, mongoStorage } from '../support/mongo-storage.ts'
import type { Storage } from '../support/storage.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const { service } = parseServiceReference('my-org/my-service')

describe.skipIf(mongoSkipReason())('the MongoDB store', () => {
  let storage: Storage
  let proxy: TcpProxy
  let proxied: string
  let stores: Store[]

  beforeEach(async () => {
    storage = await mongoStorage()
    const { hosts } = new MongoClient(storage.location).options
    proxy = await startTcpProxy(hosts[0]?.port ?? 27017, hosts[0]?.host)
    proxied = throughProxy(storage.location, proxy.port)
    stores = []
  })

  afterEach(async () => {
    proxy.restore()
    await Promise.all(stores.map((store) => store.close()))
    await proxy.close()
    await storage.remove()
  })

  const open = async (location = proxied) => {
    const store = await openMongoStore(location)
    stores.push(store)
    return store
  }

  describe('keeps the contract', () => {
    const interrupt = async () => {
      proxy.cut()
      return async () => proxy.restore()
    }
    for (const { name, run } of storeContract) {
      test(name, { timeout: CONTRACT_CASE_TIMEOUT_MS }, () => run({ open, interrupt }))
    }
  })

  test("an insert whose answer was lost is recognised as the store's own", async () => {
    const store = await open()
    const entry = newEntry('1.0.0')
    proxy.loseAnswers()
    const appending = store.append(entry)
    setTimeout(() => proxy.restore(), 300)
    expect(await appending).toBe('appended')
    expect(await store.readLog(service, { after: 0, limit: 10 })).toEqual([entry])
  })

  test('an insert over a lost connection is recognised as a conflict if another writer was first', async () => {
    const [store, other] = [await open(), await open(storage.location)]
    const [mine, theirs] = [newEntry('1.0.0'), newEntry('2.0.0')]
    proxy.cut()
    const appending = store.append(mine)
    await other.append(theirs)
    proxy.restore()
    expect(await appending).toBe('generation-taken')
    expect(await store.readLog(service, { after: 0, limit: 10 })).toEqual([theirs])
  })

  test.for(['cut', 'freeze'] as const)(
    'every call is answered with "unavailable" while the MongoDB server is gone (%s)',
    async (how) => {
      const store = await open()
      proxy[how]()
      const calls = [
        store.lookup(service, theDefault),
        store.readLog(service, { after: 0, limit: 1 }),
        store.append(newEntry('1.0.0')),
        store.ping(),
      ]
      for (const call of await Promise.allSettled(calls)) {
        expect(call).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', reason: 'STORE_UNAVAILABLE' } })
      }
      proxy.restore()
      await expect(store.ping()).resolves.toBeUndefined()
    },
  )

  test('opening a MongoDB store fails if no server answers', async () => {
    proxy.cut()
    await expect(openMongoStore(proxied)).rejects.toThrow()
  })

  test('the MongoDB store creates the unique key that its guarantees depend on', async () => {
    await open()
    const client = await MongoClient.connect(storage.location)
    const indexes = await client.db().collection('entries').indexes()
    expect(indexes).toContainEqual(expect.objectContaining({ key: { service: 1, generation: 1 }, unique: true }))
    await client.close()
  })

  test('the MongoDB store finds and lists entries that version 0.1.0 wrote without the keys for lists', async () => {
    const client = await MongoClient.connect(storage.location)
    const time = new Date('2026-01-02T03:04:05.678Z')
    const old = (tag: string, generation: number) => ({
      ...{ _id: tag as never, service: 'my-org/my-service', generation, time, actor: 'anonymous' },
      event: 'revision-registered',
      revision: { tag, requestedDefault: null, registeredAt: time },
      head: { defaultTag: '1.0.0', highestSemver: '1.0.0', highestRelease: '1.0.0' },
    })
    await client
      .db()
      .collection('entries')
      .insertMany([old('1.0.0', 1), old('0.9.0-rc.1', 2), old('main', 3)])
    await client.close()
    for (const store of [await open(), await open()]) {
      const tags = async (scan: RevisionScan) =>
        (await store.readRevisions(service, scan))?.revisions.map(({ revisionTag }) => revisionTag)
      expect(await tags({ order: 'version', limit: 10 })).toEqual(['1.0.0', '0.9.0-rc.1', 'main'])
      expect(await tags({ order: 'version', limit: 10, releasesOnly: true })).toEqual(['1.0.0'])
      expect(await tags({ order: 'registration', limit: 10 })).toEqual(['main', '0.9.0-rc.1', '1.0.0'])
      expect(await store.readServices({ limit: 10 })).toMatchObject([{ head: { revisionCount: 3, aliases: [] } }])
    }
  })

  test('the MongoDB store keeps the log in the database that the connection string names', async () => {
    await (await open()).append(newEntry('1.0.0'))
    const client = await MongoClient.connect(storage.location)
    expect(await client.db().collection('entries').countDocuments()).toBe(1)
    await client.close()
  })
})

function newEntry(tag: string) {
  const sruid = parseSruid(`my-org/my-service:${tag}`)
  const id = crypto.randomUUID()
  const registration = { id, sruid, requestedDefault: null, becomesDefault: true, actor: 'test', now: Date.now() }
  return registrationEntry(null, registration)
}

// A direct connection: a replica set would tell the driver its own address, which goes past the proxy.
function throughProxy(location: string, port: number): string {
  const [server = '', query = ''] = location.split('?')
  const options = new URLSearchParams(query)
  options.delete('replicaSet')
  options.set('directConnection', 'true')
  return `${server.replace(/(\/\/(?:[^@/]*@)?)[^/]+/, `$1127.0.0.1:${port}`)}?${options}`
}
