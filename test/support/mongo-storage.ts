import { MongoClient } from 'mongodb'
import { inject } from 'vitest'
import { mongoLocation } from './mongo.ts'
import type { RunningMongo, Unavailable } from './running-mongo.ts'
import type { Storage } from './storage.ts'

// Loading this module starts the MongoDB of the run, unless another test file has started it. Only test files that use
// MongoDB may import it, so that a run of other files does not wait for a database.
const mongo = await requestMongo()

/** A new database on the MongoDB of this run. */
export async function mongoStorage(): Promise<Storage> {
  const location = mongoLocation(mongoUri())
  return {
    location,
    remove: async () => {
      const client = await MongoClient.connect(location)
      await client.db().dropDatabase()
      await client.close()
    },
  }
}

/** The connection string of the MongoDB of this run. Throws if `mongoSkipReason` is defined. */
export function mongoUri(): string {
  if ('unavailable' in mongo) throw new Error(mongo.unavailable)
  return mongo.uri
}

/** Why the MongoDB tests can't run here; undefined if they can. */
export function mongoSkipReason(): string | undefined {
  return 'unavailable' in mongo ? mongo.unavailable : undefined
}

// In CI a test file that needs MongoDB fails if there is none.
async function requestMongo(): Promise<Pick<RunningMongo, 'uri'> | Unavailable> {
  const starter = inject('mongoStarter')
  if (starter === '') return { unavailable: 'this run uses no MongoDB' }
  const response = await fetch(starter)
  const answer = (await response.json()) as Pick<RunningMongo, 'uri'> | Unavailable
  if ('unavailable' in answer && process.env.CI === 'true') throw new Error(answer.unavailable)
  return answer
}
