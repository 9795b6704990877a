import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import type { Entry } from '../../src/domain/log.ts'
import { finishUpgradeOfFile, makeForm2File } from '../support/histories.ts'
import { mongoSkipReason, mongoStorage } from '../support/mongo-storage.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'
import { everyKind, service } from './every-kind.ts'

const form2 = everyKind().entries.map((entry): Entry => ({ ...entry, link: null }))

async function appendTo({ location }: Storage, name: string, entries: readonly Entry[]): Promise<void> {
  const store = await openStore(parseStore(location))
  await store.appendAll(entries.map((entry) => ({ ...entry, service: service(name) })))
  await store.close()
}

describe('a store that an older version wrote', () => {
  test('a SQLite file of form 2 is sound before and after its upgrade, and damage of it is found', async () => {
    await using opened = new AsyncDisposableStack()
    const storage = opened.adopt(await sqliteStorage(), ({ remove }) => remove())
    makeForm2File(storage)
    await appendTo(storage, 'my-org/old', form2)
    expect(await problemsIn(storage.location)).toEqual([])
    finishUpgradeOfFile(storage)
    await appendTo(storage, 'my-org/new', everyKind(service('my-org/new')).entries)
    expect(await problemsIn(storage.location)).toEqual([])
    const db = new DatabaseSync(storage.location.replace('sqlite:', ''))
    db.exec("UPDATE log SET body = replace(body, '1.1.0', '9.9.9') WHERE service = 'my-org/old' AND generation = 3")
    db.exec("UPDATE log SET body = 'x' WHERE service = 'my-org/old' AND generation = 5")
    db.close()
    expect(await problemsIn(storage.location)).toEqual([
      'my-org/old generation 3: the default is "9.9.9", which does not exist.',
      'my-org/old generation 5: the entry is damaged.',
    ])
  })

  test.skipIf(mongoSkipReason)('a collection of form 2 is sound, and damage of it is found', async () => {
    await using opened = new AsyncDisposableStack()
    const storage = opened.adopt(await mongoStorage(), ({ remove }) => remove())
    const client = opened.adopt(await MongoClient.connect(storage.location), (each) => each.close())
    // A collection that a version before form 3 made has no validator.
    await client.db().createCollection('entries')
    await appendTo(storage, 'my-org/old', form2)
    const entries = client.db().collection('entries')
    expect(await entries.countDocuments({ v: { $exists: false } })).toBe(12)
    expect(await problemsIn(storage.location)).toEqual([])
    await entries.updateOne({ generation: 3 }, { $set: { 'head.defaultTag': '9.9.9' } })
    await entries.updateOne({ generation: 5 }, { $unset: { head: 1 } })
    expect(await problemsIn(storage.location)).toEqual([
      'my-org/old generation 3: the default is "9.9.9", which does not exist.',
      'my-org/old generation 5: the entry is damaged.',
    ])
  })
})
