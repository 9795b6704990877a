import { MongoClient } from 'mongodb'
import { describe, expect, test } from 'vitest'
import type { RevisionScan } from '../../../src/store/store.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import { newEntry, service } from './entries.ts'
import { useStores } from './open-stores.ts'

describe.skipIf(mongoSkipReason)('the collection of the MongoDB store', () => {
  const { mongo, open } = useStores(mongoStorage)

  test('the MongoDB store creates the unique key that its guarantees depend on', async () => {
    await open()
    const client = await MongoClient.connect(mongo().storage.location)
    const indexes = await client.db().collection('entries').indexes()
    expect(indexes).toContainEqual(expect.objectContaining({ key: { service: 1, generation: 1 }, unique: true }))
    await client.close()
  })

  test('the MongoDB store finds and lists entries that version 0.1.0 wrote without the keys for lists', async () => {
    const client = await MongoClient.connect(mongo().storage.location)
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
      expect((await store.readServices({ limit: 10 })).services).toMatchObject([{ head: { revisionCount: 3 } }])
    }
  })

  test('the MongoDB store keeps the log in the database that the connection string names', async () => {
    await (await open()).append(newEntry('1.0.0'))
    const client = await MongoClient.connect(mongo().storage.location)
    expect(await client.db().collection('entries').countDocuments()).toBe(1)
    await client.close()
  })

  test('the write concern and the read preference of the connection string have no effect', async () => {
    const { location } = mongo().storage
    const store = await open(`${location}${location.includes('?') ? '&' : '?'}w=7&readPreference=secondaryPreferred`)
    expect(await store.append(newEntry('1.0.0'))).toBe('appended')
    expect(await store.readHead(service)).toMatchObject({ generation: 1 })
  })
})
