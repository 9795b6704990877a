import { describe, expect, test } from 'vitest'
import { MongoConnection } from '../../../src/store/mongodb/connection.ts'
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts'
import { theDefault } from '../../../src/store/store.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import { newEntry, registrations, service } from './entries.ts'
import { useStores } from './open-stores.ts'

describe.skipIf(mongoSkipReason)('the MongoDB store during an outage', () => {
  const { mongo, open } = useStores(mongoStorage)

  test("an insert whose answer was lost is recognised as the store's own", async () => {
    const store = await open()
    const entry = newEntry('1.0.0')
    mongo().proxy.loseAnswers()
    const appending = store.append(entry)
    setTimeout(() => mongo().proxy.restore(), 300)
    expect(await appending).toBe('appended')
    expect(await store.readLog(service, { after: 0, limit: 10 })).toEqual([entry])
  })

  test("entries that are appended together, and whose answer was lost, are recognised as the store's own", async () => {
    const store = await open()
    const entries = registrations(250)
    await store.appendAll(entries.slice(0, 120))
    mongo().proxy.loseAnswers()
    const appending = store.appendAll(entries)
    setTimeout(() => mongo().proxy.restore(), 300)
    expect(await appending).toBe(250)
    expect(await store.readLog(service, { after: 0, limit: 300 })).toEqual(entries)
  })

  test('an insert over a lost connection is recognised as a conflict if another writer was first', async () => {
    const [store, other] = [await open(), await open(mongo().storage.location)]
    const [mine, theirs] = [newEntry('1.0.0'), newEntry('2.0.0')]
    mongo().proxy.cut()
    const appending = store.append(mine)
    await other.append(theirs)
    mongo().proxy.restore()
    expect(await appending).toBe('generation-taken')
    expect(await store.readLog(service, { after: 0, limit: 10 })).toEqual([theirs])
  })

  test.for(['cut', 'freeze'] as const)(
    'every call is answered with "unavailable" while the MongoDB server is gone (%s)',
    async (how) => {
      const store = await open()
      mongo().proxy[how]()
      const calls = [
        store.lookup(service, theDefault),
        store.readLog(service, { after: 0, limit: 1 }),
        store.append(newEntry('1.0.0')),
        store.ping(),
      ]
      for (const call of await Promise.allSettled(calls)) {
        expect(call).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', reason: 'STORE_UNAVAILABLE' } })
      }
      mongo().proxy.restore()
      await expect(store.ping()).resolves.toBeUndefined()
    },
  )

  test('an outage does not make a new client, because the driver finds the server itself', async () => {
    const connection = await MongoConnection.open(mongo().proxied)
    const { entries } = connection
    mongo().proxy.cut()
    const reads = Array.from({ length: 5 }, () => connection.bounded(() => connection.entries.findOne()))
    for (const read of await Promise.allSettled(reads)) expect(read.status).toBe('rejected')
    mongo().proxy.restore()
    expect(await connection.bounded(() => connection.entries.findOne())).toBe(null)
    expect(connection.entries).toBe(entries)
    await connection.close()
  })

  test('opening a MongoDB store fails if no server answers', async () => {
    mongo().proxy.cut()
    await expect(openMongoStore(mongo().proxied)).rejects.toThrow()
  })
})
