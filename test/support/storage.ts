import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { describe, inject } from 'vitest'

/** An empty place for one store, which outlives the stores that are opened there. */
export interface Storage {
  /** As `--store` takes it. */
  readonly location: string
  /** Removes it and what is in it. */
  remove(): Promise<void>
}

/** A place for a SQLite file in a folder of its own. */
export async function sqliteStorage(): Promise<Storage> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  return {
    location: `sqlite:${join(folder, 'waypost.db')}`,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A database of its own on the MongoDB of this run. */
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

/** The connection string of the MongoDB of this run. Only where `mongoSkipReason` is undefined. */
export function mongoUri(): string {
  const mongo = inject('mongo')
  if ('unavailable' in mongo) throw new Error(mongo.unavailable)
  return mongo.uri
}

/** Why the MongoDB tests can't run here; undefined where they can. */
export function mongoSkipReason(): string | undefined {
  const mongo = inject('mongo')
  return 'unavailable' in mongo ? mongo.unavailable : undefined
}

/** The connection string with a new database's name in its path. */
export function mongoLocation(uri: string): string {
  const [server = '', query] = uri.split('?')
  const path = `${server.replace(/^(mongodb(?:\+srv)?:\/\/[^/]+).*$/, '$1')}/waypost_test_${randomBytes(6).toString('hex')}`
  return query === undefined ? path : `${path}?${query}`
}

/** Describes the same tests on each kind of store. */
export function describeOnEachStore(name: string, define: (createStorage: () => Promise<Storage>) => void): void {
  describe(`${name}, on SQLite`, () => define(sqliteStorage))
  const reason = mongoSkipReason()
  describe.skipIf(reason)(`${name}, on MongoDB${reason ? ` (${reason})` : ''}`, () => define(mongoStorage))
}
