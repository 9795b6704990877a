import { describe } from 'vitest'
import { mongoSkipReason, mongoStorage } from './mongo-storage.ts'
import { isOnReplicaSet } from './mongo-topology.ts'
import { type Storage, sqliteStorage } from './storage.ts'

/** Makes an empty place for a store. */
export type CreateStorage = () => Promise<Storage>

/** The kinds of store that this run can test, by their names. */
export const storages: Readonly<Record<string, CreateStorage>> = {
  ...(!isOnReplicaSet && { SQLite: sqliteStorage }),
  ...(mongoSkipReason === undefined && { MongoDB: mongoStorage }),
}

/** Describes the same tests on each kind of store. */
export function describeOnEachStore(name: string, define: (createStorage: CreateStorage) => void): void {
  for (const [kind, createStorage] of Object.entries(storages)) {
    describe(`${name}, on ${kind}`, () => define(createStorage))
  }
  if (mongoSkipReason) describe.skip(`${name}, on MongoDB (${mongoSkipReason})`, () => define(mongoStorage))
}
