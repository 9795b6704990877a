import { describe } from 'vitest'
import { mongoSkipReason, mongoStorage } from './mongo-storage.ts'
import { type Storage, sqliteStorage } from './storage.ts'

/** Describes the same tests on each kind of store. */
export function describeOnEachStore(name: string, define: (createStorage: () => Promise<Storage>) => void): void {
  describe(`${name}, on SQLite`, () => define(sqliteStorage))
  const reason = mongoSkipReason()
  describe.skipIf(reason)(`${name}, on MongoDB${reason ? ` (${reason})` : ''}`, () => define(mongoStorage))
}
