import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach } from 'vitest'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

/** A path for a new file in each test, and the stores that the test opens there. They are closed after it. */
export function useSqliteFile() {
  let storage: Storage
  let stores: Store[]
  beforeEach(async () => {
    storage = await sqliteStorage()
    stores = []
  })
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await storage.remove()
  })
  const path = () => storage.location.replace('sqlite:', '')
  return {
    path,
    open: () => {
      const store = openSqliteStore(path())
      stores.push(store)
      return store
    },
  }
}

/** The services that have entries in a file. */
export function servicesIn(path: string): string[] {
  using db = new DatabaseSync(path)
  return db
    .prepare('SELECT service FROM log ORDER BY rowid')
    .all()
    .map(({ service }) => String(service).replace('my-org/', ''))
}

/** Takes the lock for writing, as another process would. Returns the function that releases it. */
export function holdWriteLock(path: string): () => void {
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  return () => other.close()
}
