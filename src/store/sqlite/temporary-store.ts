import { accessSync, constants, existsSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { UpgradableStore } from '../forms/upgradable-store.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { unusableFile } from './unusable-file.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs `use` with an empty store in a file of its own, which is removed afterwards, and also if a signal ends the process.
 */
export async function withTemporaryStore<T>(use: (store: UpgradableStore) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const end = (signal: NodeJS.Signals) => {
    remove()
    for (const each of SIGNALS) process.off(each, end)
    process.kill(process.pid, signal)
  }
  for (const signal of SIGNALS) process.on(signal, end)
  const store = openSqliteStore(join(folder, 'waypost.db'), { isForBulk: true })
  try {
    return await use(store)
  } finally {
    await store.close()
    for (const signal of SIGNALS) process.off(signal, end)
    remove()
  }
}

/** Whether there is a file for a store. Throws if there is none, and its folder does not allow to make one. */
export function hasSqliteStore(path: string): boolean {
  if (existsSync(path)) return true
  try {
    accessSync(dirname(resolve(path)), constants.W_OK)
  } catch (error) {
    throw unusableFile(error)
  }
  return false
}
