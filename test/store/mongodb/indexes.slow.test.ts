import { type Db, MongoClient } from 'mongodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { KEY_INDEXES, nameOf, SEARCH_INDEXES } from '../../../src/store/mongodb/indexes.ts'
import { type MongoStoreOptions, openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { theDefault } from '../../../src/store/store.ts'
import { eventually } from '../../support/eventually.ts'
import { mongoLocation } from '../../support/mongo.ts'
import { mongoSkipReason } from '../../support/mongo-storage.ts'
import { type FailingMongod, startFailingMongod } from '../../support/mongod.ts'
import { registrations, service } from './entries.ts'

vi.mock(import('../../../src/store/mongodb/indexes.ts'), async (importOriginal) => ({
  ...(await importOriginal()),
  OBSOLETE_INDEXES: ['obsolete_1'],
}))

const isForeign = Boolean(process.env.WAYPOST_TEST_MONGODB_URI)
const allNames = [...KEY_INDEXES, ...SEARCH_INDEXES].map(({ key }) => nameOf(key))

describe.skipIf(mongoSkipReason ?? isForeign)('the indexes of the MongoDB store', () => {
  let mongod: FailingMongod
  let location: string
  let client: MongoClient
  let db: Db
  const stores: Store[] = []

  const open = async (options?: MongoStoreOptions) => {
    const store = await openMongoStore(location, options)
    stores.push(store)
    return store
  }
  const indexNames = async () => {
    const indexes = await db.collection('entries').listIndexes().toArray()
    return indexes.map(({ name }) => name).filter((name) => name !== '_id_')
  }
  const names = (indexes: readonly string[]) => indexes.toSorted()

  beforeAll(async () => {
    mongod = await startFailingMongod()
  })
  beforeEach(async () => {
    location = mongoLocation(mongod.uri)
    client = await MongoClient.connect(location)
    db = client.db()
    const store = await openMongoStore(location)
    await store.appendAll(registrations(20))
    await store.close()
  })
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()))
    await client.close()
  })
  afterAll(() => mongod.stop())

  test('stores that are opened at once make the missing indexes once, and each waits for them', async () => {
    await db.collection('entries').dropIndexes()
    const release = await mongod.holdIndexBuilds()
    // This is longer than an ordinary command may take.
    setTimeout(release, 3_000)
    for (const store of await Promise.all([open(), open(), open()]))
      expect((await store.readServices({ limit: 10 })).services).toHaveLength(1)
    expect(names(await indexNames())).toEqual(names(allNames))
  })

  test('a server serves lookups and changes while indexes for lists are made, and lists are unavailable until then', async () => {
    for (const { key } of SEARCH_INDEXES) await db.collection('entries').dropIndex(nameOf(key))
    const release = await mongod.holdIndexBuilds()
    const messages: string[] = []
    const log = { info: (_: object, message: string) => messages.push(message), warn: () => {} }
    const store = await open({ servesMeanwhile: true, log })
    const [, next] = [registrations(20), registrations(21).at(-1)]
    expect(await store.lookup(service, theDefault)).toMatchObject({ generation: 20 })
    expect(await store.append(next as never)).toBe('appended')
    const lists = [
      (of: Store) => of.readRevisions(service, { order: 'registration', limit: 1 }),
      (of: Store) => of.readRevisions(service, { order: 'version', limit: 1 }),
      (of: Store) => of.readRevisions(service, { order: 'version', releasesOnly: true, limit: 1 }),
      (of: Store) => of.findRequest(service, 'a'),
    ]
    // A store that opens now finds the indexes listed, although they are unfinished.
    const other = await open({ servesMeanwhile: true, log })
    for (const of of [store, other])
      for (const list of lists) await expect(list(of)).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' })
    expect(messages).toEqual(['making indexes', 'making indexes'])
    await release()
    for (const of of [store, other])
      await eventually('the lists work', async () => (await lists[0]?.(of).catch(() => null)) !== null)
    for (const list of lists) await list(store)
    expect(messages.toSorted()).toEqual(['made indexes', 'made indexes', 'making indexes', 'making indexes'])
  })

  test('a store that is closed while indexes are made closes at once, and the next one finds them', async () => {
    for (const { key } of SEARCH_INDEXES) await db.collection('entries').dropIndex(nameOf(key))
    const release = await mongod.holdIndexBuilds()
    const store = await open({ servesMeanwhile: true })
    await store.close()
    await release()
    expect((await (await open()).readServices({ limit: 10 })).services).toHaveLength(1)
  })

  test('an index that is no longer used is dropped if the upgrade is finished, because older versions need it', async () => {
    await db.collection('entries').createIndex({ obsolete: 1 })
    const moderate = { validationLevel: 'moderate', validationAction: 'error' }
    await db.command({ collMod: 'entries', validator: {}, ...moderate })
    await open()
    expect(await indexNames()).toContain('obsolete_1')
    await db.command({ collMod: 'entries', validator: { v: { $exists: true } }, ...moderate })
    await Promise.all([open(), open()])
    expect(await indexNames()).not.toContain('obsolete_1')
  })

  test('a store does not open if somebody has made the index of the generations without making it unique', async () => {
    await db.collection('entries').dropIndexes()
    await db.collection('entries').createIndex({ service: 1, generation: 1 })
    await expect(open()).rejects.toThrow(/existing index/)
  })

  test('a store whose indexes exist sends no command to make them, so its user needs no privilege for it', async () => {
    await mongod.failCommands({ failCommands: ['createIndexes'], errorCode: 13 })
    await open()
    await mongod.failCommands({}, 0)
  })
})
