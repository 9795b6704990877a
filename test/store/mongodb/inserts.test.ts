import { type Document, MongoClient } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { anonymous } from '../../../src/domain/access/principal.ts'
import { registrationEntry } from '../../../src/domain/entries/new-entry.ts'
import { parseSruid } from '../../../src/domain/sruid.ts'
import { newId, newSalt } from '../../../src/identifiers.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import { registrations, service } from './entries.ts'
import { useStores } from './open-stores.ts'

describe.skipIf(mongoSkipReason)('the inserts of the MongoDB store', () => {
  const { mongo, open } = useStores(mongoStorage)

  /** The commands that the server has run for the store in the meantime. */
  const commandsOf = async (run: () => Promise<unknown>): Promise<Document[]> => {
    const client = await MongoClient.connect(mongo().storage.location)
    const db = client.db()
    await db.command({ profile: 2 })
    await run()
    await db.command({ profile: 0 })
    const commands = await db
      .collection('system.profile')
      .find({ ns: `${db.databaseName}.entries` })
      .toArray()
    await client.close()
    return commands
  }
  const names = (commands: readonly Document[]) => commands.map(({ op }) => op)

  test('100 entries of a service are stored with one insert', async () => {
    const store = await open()
    const commands = await commandsOf(async () => expect(await store.appendAll(registrations(100))).toBe(100))
    expect(names(commands)).toEqual(['insert'])
    expect(commands).toMatchObject([{ ninserted: 100 }])
  })

  test('entries whose first generation is taken take two commands, and none of them is stored', async () => {
    const store = await open()
    const taken = registrations(1)
    await store.appendAll(taken)
    const commands = await commandsOf(async () => expect(await store.appendAll(registrations(100))).toBe(0))
    expect(names(commands)).toEqual(['insert', 'query'])
    expect(commands[1]).toMatchObject({ command: { readConcern: { level: 'local' } }, nreturned: 1 })
    expect(await store.readLog(service, { after: 0, limit: 10 })).toEqual(taken)
  })

  test('an entry that is appended again is confirmed with a write that changes nothing', async () => {
    const store = await open()
    const entries = registrations(3)
    await store.appendAll(entries)
    const commands = await commandsOf(async () => expect(await store.appendAll(entries)).toBe(3))
    expect(names(commands)).toEqual(['insert', 'query', 'update'])
    expect(commands[2]).toMatchObject({ nModified: 0 })
  })

  test('entries of several services that are appended at once share an insert, and each has its own outcome', async () => {
    const store = await open()
    const entryOf = (index: number) =>
      registrationEntry(null, {
        ...{ id: newId(), principal: anonymous, salt: newSalt(), now: Date.now() },
        ...{ sruid: parseSruid(`my-org/service-${index}:1.0.0`), requestedDefault: null, becomesDefault: true },
      })
    await store.append(entryOf(3))
    const appendAll = () => Promise.all(Array.from({ length: 10 }, (_, index) => store.append(entryOf(index))))
    const commands = await commandsOf(async () =>
      expect(await appendAll()).toEqual(
        Array.from({ length: 10 }, (_, index) => (index === 3 ? 'generation-taken' : 'appended')),
      ),
    )
    expect(names(commands)).toEqual(['insert', 'query'])
    expect(commands[0]).toMatchObject({ ninserted: 9 })
  })

  test('large entries are spread over several inserts', async () => {
    const store = await open()
    const entries = registrations(10).map((entry) => ({ ...entry, principal: { name: 'x'.repeat(1_000_000) } }))
    const commands = await commandsOf(async () => expect(await store.appendAll(entries)).toBe(10))
    expect(names(commands)).toEqual(['insert', 'insert', 'insert'])
  })

  test('the application name of the connection string is kept', async () => {
    const named = `${mongo().storage.location}${mongo().storage.location.includes('?') ? '&' : '?'}appName=mine`
    const [store, other] = [await open(named), await open()]
    const commands = await commandsOf(async () => {
      await store.appendAll(registrations(1))
      await other.appendAll(registrations(1))
    })
    expect(new Set(commands.map(({ appName }) => appName))).toEqual(new Set(['mine', 'waypost']))
  })
})
