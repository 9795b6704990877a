import { MongoClient } from 'mongodb'
import { inject } from 'vitest'
import { mongoLocation } from './mongo.ts'
import type { RunningMongo, Topology, Unavailable } from './running-mongo.ts'
import type { Storage } from './storage.ts'

/** A MongoDB that all test files of a run share. */
export interface SharedMongo {
  /** Why tests cannot use it; undefined if they can. */
  readonly skipReason: string | undefined
  /** A new database. */
  createStorage(): Promise<Storage>
}

/** Requests a MongoDB, which the first request of a run starts. In CI it rejects if there is none. */
export async function requestMongo(topology: Topology): Promise<SharedMongo> {
  const answer = await ask(topology)
  if (!('unavailable' in answer)) return { skipReason: undefined, createStorage: async () => newDatabase(answer.uri) }
  const { unavailable } = answer
  if (process.env.CI === 'true') throw new Error(unavailable)
  return {
    skipReason: unavailable,
    createStorage: () => Promise.reject(new Error(unavailable)),
  }
}

async function ask(topology: Topology): Promise<Pick<RunningMongo, 'uri'> | Unavailable> {
  const starter = inject('mongoStarter')
  if (starter === '') return { unavailable: 'this run uses no MongoDB' }
  const response = await fetch(`${starter}/${encodeURIComponent(topology)}`)
  return (await response.json()) as Pick<RunningMongo, 'uri'> | Unavailable
}

function newDatabase(uri: string): Storage {
  const location = mongoLocation(uri)
  const remove = async () => {
    const client = await MongoClient.connect(location)
    await client.db().dropDatabase()
    await client.close()
  }
  return { location, remove }
}
