import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { Form } from '../forms/stored-entry.ts'
import type { UpgradeResult } from '../forms/upgradable-store.ts'
import { withDatabase } from './open-file.ts'
import { finishUpgrade } from './schema.ts'
import { formOf } from './stored-form.ts'
import { unusableFile } from './unusable-file.ts'

// Servers that write without a pause leave the lock free for moments only.
const PATIENCE_MS = 30_000

/** The form that new entries of a file are written in. Throws if there is no store at the path. */
export function formOfSqliteStore(path: string): Form {
  return withFile(path, formOf)
}

/**
 * Ends the writing of form 2 in a file, even while servers use it. Waits up to 30 seconds for their locks. Throws if
 * there is no store at the path.
 */
export function finishSqliteUpgrade(path: string): UpgradeResult {
  return withFile(path, (db) => (finishUpgrade(db) ? 'finished' : 'was-finished'))
}

function withFile<T>(path: string, use: (db: DatabaseSync) => T): T {
  // SQLite would create the file.
  if (!existsSync(path)) throw new Error('the file does not exist; use the path of a store that exists.')
  try {
    return withDatabase(path, PATIENCE_MS, use)
  } catch (error) {
    throw unusableFile(error)
  }
}
