import { parseArgs } from 'node:util'
import { MongoClient } from 'mongodb'
import { mongoLocation, startMongo } from '../support/mongo.ts'
import type { Topology } from '../support/running-mongo.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { runRounds } from './rounds.ts'

// node test/durability/kill-9.ts [--rounds 500] [--store sqlite|mongodb|replica-set] [--workers 1]
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '500' },
    store: { type: 'string', default: 'sqlite' },
    workers: { type: 'string', default: '1' },
  },
})

const print = (line: string) => process.stdout.write(`${line}\n`)
const createStorage: Readonly<Record<string, () => Promise<Storage>>> = {
  sqlite: sqliteStorage,
  mongodb: () => mongoStorage('single server'),
  'replica-set': () => mongoStorage('replica set'),
}
const storage = await createStorage[values.store]?.()
if (storage === undefined)
  throw new Error(`--store is ${JSON.stringify(values.store)}; use sqlite, mongodb or replica-set.`)
const start = performance.now()
try {
  const outcome = await runRounds({
    location: storage.location,
    rounds: Number(values.rounds),
    workers: Number(values.workers),
    report: print,
  })
  for (const violation of outcome.violations) print(`VIOLATION: ${violation}`)
  const { rounds, acknowledged, stored, unanswered, violations } = outcome
  print(
    `${rounds} rounds of kill -9 on ${values.store} with ${values.workers} workers in ${Math.round((performance.now() - start) / 1000)} s: ` +
      `${acknowledged} acknowledgements, ${stored} revisions stored, ${unanswered} requests cut off, ` +
      `${violations.length} violations`,
  )
  process.exitCode = violations.length === 0 && rounds === Number(values.rounds) ? 0 : 1
} finally {
  await storage.remove()
}

// Starts a deployment, or makes a new database on the one that WAYPOST_TEST_MONGODB_URI names.
async function mongoStorage(topology: Topology): Promise<Storage> {
  const mongo = await startMongo(topology)
  if ('unavailable' in mongo) throw new Error(mongo.unavailable)
  print(`on ${mongo.engine}`)
  const location = mongoLocation(mongo.uri)
  const remove = async () => {
    const client = await MongoClient.connect(location)
    await client.db().dropDatabase()
    await client.close()
    await mongo.stop()
  }
  return { location, remove }
}
