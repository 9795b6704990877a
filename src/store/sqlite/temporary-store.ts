import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UpgradableStore } from '../forms/upgradable-store.ts'
import { openSqliteStore } from './sqlite-store.ts'

/** Runs `use` with an empty store in a file of its own, which is removed afterwards. */
export async function withTemporaryStore<T>(use: (store: UpgradableStore) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-'))
  const store = openSqliteStore(join(folder, 'waypost.db'), { isForBulk: true })
  try {
    return await use(store)
  } finally {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether there is a file for a store. */
export function hasSqliteStore(path: string): boolean {
  return existsSync(path)
}
