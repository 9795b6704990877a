import { MongoClient } from 'mongodb'
import type { Entry } from '../../src/domain/log.ts'
import { openMongoStore } from '../../src/store/mongodb/mongodb-store.ts'
import { mongoLocation, startMongo } from '../../test/support/mongo.ts'
import type { Topology } from '../../test/support/running-mongo.ts'
import { entriesOf, type Shape } from '../fill.ts'

/** A deployment of MongoDB, with a new database. */
export interface Deployment extends AsyncDisposable {
  /** The connection string with the name of the database. */
  readonly location: string
  /** A client of the driver, with its default settings. */
  readonly client: MongoClient
}

/** Starts a deployment. Resolves with the reason if there is no mongod. */
export async function startDeployment(topology: Topology): Promise<Deployment | { readonly unavailable: string }> {
  const mongo = await startMongo(topology)
  if ('unavailable' in mongo) return mongo
  const location = mongoLocation(mongo.uri)
  const client = await MongoClient.connect(location)
  return {
    location,
    client,
    [Symbol.asyncDispose]: async () => {
      await client.db().dropDatabase()
      await client.close()
      await mongo.stop()
    },
  }
}

/** The entries that are in memory at once. */
const BATCH = 10_000

/** Writes the same entries as the registration of these revisions one by one. */
export async function fillMongo(location: string, shape: Shape): Promise<void> {
  const store = await openMongoStore(location)
  const entries = entriesOf(shape)
  for (let batch = take(entries); batch.length > 0; batch = take(entries)) {
    const services = Map.groupBy(batch, ({ service }) => service.name)
    for (const each of services.values()) await store.appendAll(each)
  }
  await store.close()
}

function take(entries: Iterator<Entry>): Entry[] {
  const taken: Entry[] = []
  while (taken.length < BATCH) {
    const next = entries.next()
    if (next.done) break
    taken.push(next.value)
  }
  return taken
}
