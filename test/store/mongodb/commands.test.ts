import { type Db, MongoClient } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { parseAliasName } from '../../../src/domain/alias.ts'
import { active } from '../../../src/domain/lifecycle.ts'
import { noInfo } from '../../../src/domain/revision-info.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { service } from '../../../src/store/contract/support.ts'
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts'
import { type RevisionSelector, type Store, theDefault } from '../../../src/store/store.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'

const info = { ...noInfo, endpoints: [{ protocol: 'grpc', uri: 'https://a.example', metadata: [] }] }
const tag: RevisionSelector = { by: 'tag', tag: '1.0.0' as RevisionTag }
const alias: RevisionSelector = { by: 'alias', alias: parseAliasName('beta') }

/** A service whose newest entry has neither its aliases nor its default nor the endpoints of the default. */
function scattered(): Log {
  const log = new Log().register('1.0.0', { info })
  log.change('1.0.0', { ...active, deprecation: { message: '', replacement: null } }).setAlias('beta', '1.0.0')
  for (let index = 0; index < 200; index++) log.register(`0.${index}.0`, { becomesDefault: false })
  return log
}

describe.skipIf(mongoSkipReason)('the commands that the MongoDB store sends', () => {
  test.for([
    ['a lookup of the default', 2, (store: Store) => store.lookup(service, theDefault)],
    ['a lookup of a tag', 2, (store: Store) => store.lookup(service, tag)],
    ['a lookup of an alias', 2, (store: Store) => store.lookup(service, alias)],
    ['a lookup for a change', 2, (store: Store) => store.lookupForChange(service, tag)],
    ['a read of the head', 1, (store: Store) => store.readHead(service)],
    ['a search for a request', 1, (store: Store) => store.findRequest(service, 'unknown')],
  ] as const)('%s takes at most %i commands, and each looks at few entries by an index', async ([, most, read]) => {
    await withProfile(async (store, profile) => {
      await store.appendAll(scattered().entries)
      const commands = await profile(() => read(store))
      expect(commands.length).toBeGreaterThan(0)
      expect(commands.length).toBeLessThanOrEqual(most)
      for (const { planSummary, docsExamined, keysExamined } of commands) {
        expect(planSummary).not.toMatch(/COLLSCAN/)
        expect(Math.max(docsExamined, keysExamined)).toBeLessThanOrEqual(4)
      }
    })
  })
})

interface Command {
  readonly planSummary: string
  readonly docsExamined: number
  readonly keysExamined: number
}

type Profile = (read: () => Promise<unknown>) => Promise<Command[]>

async function withProfile(run: (store: Store, profile: Profile) => Promise<void>): Promise<void> {
  const storage = await mongoStorage()
  const client = await MongoClient.connect(storage.location)
  const store = await openMongoStore(storage.location)
  try {
    await run(store, (read) => profileOf(client.db(), read))
  } finally {
    await store.close()
    await client.close()
    await storage.remove()
  }
}

/** The reads of the collection that the server has profiled meanwhile. */
async function profileOf(db: Db, read: () => Promise<unknown>): Promise<Command[]> {
  await db.command({ profile: 2 })
  await read()
  await db.command({ profile: 0 })
  const found = db.collection<Command & { op: string; ns: string; appName: string }>('system.profile')
  return found.find({ ns: `${db.databaseName}.entries`, op: { $in: ['query', 'command'] } }).toArray()
}
