import { chmodSync, closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { RegistryError } from '../../domain/errors.ts'
import type { Entry, Snapshot } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import type { AppendResult, Store } from '../store.ts'
import { storeUnavailable } from '../unavailable.ts'
import { GroupCommit } from './group-commit.ts'
import { GroupRead } from './group-read.ts'
import { type Row, toColumns, toEntry } from './rows.ts'
import { prepareSchema } from './schema.ts'

// How long one statement may sleep on another process's lock, and everybody else with it. The patience is the group
// commit's.
const BUSY_TIMEOUT_MS = 2
const PATIENCE_MS = 3_000
const OPEN_TIMEOUT_MS = 5_000
const MMAP_BYTES = 1024 ** 3

const COLUMNS = 'generation, id, tag, time, body'

/**
 * Opens the log in a SQLite file, which is created, with its owner's access only, where it does not exist. Throws where
 * the file can't be opened or isn't ours. Several processes of one machine may open one file.
 */
export function openSqliteStore(path: string): Store {
  createPrivate(path)
  const db = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS })
  try {
    // Before anything about the file is changed: it may be somebody else's.
    prepareSchema(db)
    makePrivate(path)
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    // Reads of a large file go through the system's page cache, not through a second one of SQLite's own.
    db.exec(`PRAGMA mmap_size = ${MMAP_BYTES}`)
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    return new SqliteStore(db)
  } catch (error) {
    db.close()
    throw error
  }
}

function createPrivate(path: string): void {
  if (existsSync(path)) return
  closeSync(openSync(path, 'a', 0o600))
  syncDirectory(dirname(path))
}

// SQLite gives its -wal and -shm files the mode of the main file when it makes them.
function makePrivate(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600)
}

// A new file outlives a crash of the machine only once the directory that names it is on disk.
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

class SqliteStore implements Store {
  readonly #db: DatabaseSync
  readonly #insert: StatementSync
  readonly #idAt: StatementSync
  readonly #newest: StatementSync
  readonly #revision: StatementSync
  readonly #after: StatementSync
  readonly #appends: GroupCommit<Entry, AppendResult>
  readonly #reads: GroupRead

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#insert = db.prepare(
      `INSERT INTO entries (service, generation, id, tag, time, body) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (service, generation) DO NOTHING`,
    )
    this.#idAt = db.prepare('SELECT id FROM entries WHERE service = ? AND generation = ?')
    this.#newest = db.prepare(`SELECT ${COLUMNS} FROM entries WHERE service = ? ORDER BY generation DESC LIMIT 1`)
    this.#revision = db.prepare(
      `SELECT ${COLUMNS} FROM entries WHERE service = ? AND tag = ? ORDER BY generation DESC LIMIT 1`,
    )
    this.#after = db.prepare(
      `SELECT ${COLUMNS} FROM entries WHERE service = ? AND generation > ? ORDER BY generation LIMIT ?`,
    )
    this.#appends = new GroupCommit({
      writeBatch: (entries) => this.#writeBatch(entries),
      isBusy: (error) => hasErrorCode(error, SQLITE_BUSY),
      patienceMs: PATIENCE_MS,
    })
    this.#reads = new GroupRead((runAll) => this.#transaction('BEGIN', runAll))
  }

  append(entry: Entry): Promise<AppendResult> {
    return translatingErrors(() => this.#appends.add(entry))
  }

  lookup(service: ServiceId, tag?: RevisionTag): Promise<Snapshot | null> {
    return this.#read(() => {
      const key = formatServiceId(service)
      const row = this.#newest.get(key) as Row | undefined
      if (row === undefined) return null
      const newest = toEntry(service, row)
      const { generation, time, head } = newest
      const wanted = tag ?? head.defaultTag
      if (wanted === newest.revision.revisionTag) return { generation, time, head, revision: newest.revision }
      // In the transaction of the first read, so of the same generation.
      const touched = wanted === null ? undefined : (this.#revision.get(key, wanted) as Row | undefined)
      return { generation, time, head, revision: touched === undefined ? null : toEntry(service, touched).revision }
    })
  }

  readLog(service: ServiceId, after: number, limit: number): Promise<Entry[]> {
    return this.#read(() => {
      const rows = this.#after.all(formatServiceId(service), after, limit) as unknown as Row[]
      return rows.map((row) => toEntry(service, row))
    })
  }

  ping(): Promise<void> {
    return this.#read(() => {
      this.#idAt.get('', 0)
    })
  }

  async close(): Promise<void> {
    await this.#appends.settled()
    if (this.#db.isOpen) this.#db.close()
  }

  #read<T>(query: () => T): Promise<T> {
    return translatingErrors(() => this.#reads.read(query))
  }

  #writeBatch(entries: readonly Entry[]): AppendResult[] {
    return this.#transaction('BEGIN IMMEDIATE', () => entries.map((entry) => this.#write(entry)))
  }

  #transaction<T>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
    this.#db.exec(begin)
    try {
      const result = work()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      // Where the disk is full SQLite may have rolled back by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  #write(entry: Entry): AppendResult {
    if (this.#insert.run(...toColumns(entry)).changes === 1) return 'appended'
    const stored = this.#idAt.get(formatServiceId(entry.service), entry.generation)
    return stored?.id === entry.id ? 'appended' : 'generation-taken'
  }
}

const SQLITE_BUSY = 5

function hasErrorCode(error: unknown, code: number): boolean {
  // The low byte is the primary code; the rest tells its variants apart.
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === code
}

async function translatingErrors<T>(operation: () => T | Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw error instanceof RegistryError ? error : storeUnavailable(error)
  }
}
