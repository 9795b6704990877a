import { chmodSync, closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { prepareSchema } from './schema.ts'
import { isBusy } from './sqlite-errors.ts'

const OPEN_TIMEOUT_MS = 5_000
const RETRY_MS = 5

// A reader waits for a lock in two cases only: another process recovers the log after a crash, or is the last to close
// it. It blocks the whole thread.
const BUSY_TIMEOUT_MS = 2

/**
 * Opens a file for reading, and with it the thread that reads. Creates the file, or upgrades it, if it must. Only its
 * owner may access it. Throws if the file cannot be opened or belongs to another program.
 */
export function openFile(path: string, cacheKib: number): DatabaseSync {
  createPrivate(path)
  const db = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS })
  try {
    // First, because nothing about the file may change if it belongs to another program.
    prepareSchema(db)
    makePrivate(db.location() ?? path)
    useWriteAheadLog(db)
    db.exec('PRAGMA synchronous = FULL')
    // From here on, only the writer's thread writes. A file that is mapped into memory would end the process by a
    // signal if it were truncated, and its pages would be read again after each commit.
    db.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA query_only = 1; PRAGMA mmap_size = 0')
    db.exec(`PRAGMA cache_size = -${cacheKib}; PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Uses another connection to a file that exists, which may write. Waits this long for the locks of others. */
export function withDatabase<T>(path: string, patienceMs: number, use: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path, { timeout: patienceMs })
  try {
    db.exec('PRAGMA synchronous = FULL')
    return use(db)
  } finally {
    db.close()
  }
}

// In a new file, this is a change, and another process may be making it at the same time. SQLite does not wait for that
// one, because the two could wait for each other.
function useWriteAheadLog(db: DatabaseSync): void {
  const end = performance.now() + OPEN_TIMEOUT_MS
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
  }
}

function createPrivate(path: string): void {
  if (existsSync(path)) return
  closeSync(openSync(path, 'a', 0o600))
  syncDirectory(dirname(path))
}

// SQLite makes its -wal and -shm files with the mode of the main file, and beside it, wherever a link to it is.
function makePrivate(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600)
}

// A new file survives a crash of the machine only after its directory is synced to disk.
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
