import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'

// Entries are usually smaller. SQLite writes whole pages.
const MIN_FREE_BYTES = 64 * 1024

/** Throws if an entry could not be written to the file now. It stores nothing. */
export function probeWrite(db: DatabaseSync, path: string): void {
  const { bavail, bsize } = statfsSync(dirname(path))
  if (bavail * bsize < MIN_FREE_BYTES) throw new Error(`the disk has less than ${MIN_FREE_BYTES} bytes free`)
  db.exec('BEGIN IMMEDIATE')
  try {
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version)
    db.exec(`PRAGMA user_version = ${version}`)
  } finally {
    db.exec('ROLLBACK')
  }
}
