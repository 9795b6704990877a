import { chmodSync, closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { RegistryError } from '../../domain/errors.ts'
import type { Entry, FullHeadSnapshot, FullSnapshot } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { AppendHealth } from '../append-health.ts'
import type { Form } from '../forms/stored-entry.ts'
import type { UpgradableStore } from '../forms/upgradable-store.ts'
import { ReferenceClock } from '../reference-clock.ts'
import type {
  AppendResult,
  AuditedEntry,
  LogPage,
  LookupResult,
  NamespacePage,
  RevisionPage,
  RevisionScan,
  RevisionSelector,
  ServicePage,
  ServiceSnapshot,
} from '../store.ts'
import { storeUnavailable } from '../unavailable.ts'
import { GroupCommit } from './group-commit.ts'
import { GroupRead } from './group-read.ts'
import { type AuditPage, checkPages, LogAudit } from './log-audit.ts'
import { LogReader } from './log-reader.ts'
import { LogTable } from './log-table.ts'
import { probeWrite } from './probe-write.ts'
import { formOf, prepareSchema } from './schema.ts'
import { unusableFile } from './unusable-file.ts'

// A statement that waits for another process's lock blocks the whole thread, so it waits only this long. The group
// commit waits for the rest of its patience between turns of the event loop.
const BUSY_TIMEOUT_MS = 2
const PATIENCE_MS = 3_000
const OPEN_TIMEOUT_MS = 5_000
const MMAP_BYTES = 1024 ** 3
const BULK_CACHE_KIB = 16 * 1024

/**
 * Opens the log in a SQLite file. Creates the file if it does not exist. Only its owner may access it. Throws if the
 * file cannot be opened or belongs to another program. Several processes of one machine may open one file.
 */
export function openSqliteStore(path: string, options: OpenOptions = {}): UpgradableStore {
  try {
    return open(path, options)
  } catch (error) {
    throw unusableFile(error)
  }
}

interface OpenOptions {
  /** Whether one long run of reads or writes follows, in a process that should use little memory. Default: false. */
  readonly isForBulk?: boolean
}

function open(path: string, { isForBulk = false }: OpenOptions): UpgradableStore {
  createPrivate(path)
  const db = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS })
  try {
    // First, because nothing about the file may change if it belongs to another program.
    prepareSchema(db)
    makePrivate(path)
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    // Reads of a mapped file use the system's page cache instead of a second cache of SQLite. But mapped pages count as
    // memory of this process.
    db.exec(isForBulk ? `PRAGMA cache_size = -${BULK_CACHE_KIB}` : `PRAGMA mmap_size = ${MMAP_BYTES}`)
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    return new SqliteStore(db, path)
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

// SQLite makes its -wal and -shm files with the mode of the main file.
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

class SqliteStore implements UpgradableStore {
  readonly #db: DatabaseSync
  #table: LogTable
  #reader: LogReader
  #audit: LogAudit | undefined
  readonly #appends: GroupCommit<readonly Entry[], number>
  readonly #reads: GroupRead
  readonly #appendHealth: AppendHealth
  // A file has no clock, so the time at its opening goes on.
  readonly #clock = new ReferenceClock()

  constructor(db: DatabaseSync, path: string) {
    this.#db = db
    this.#appendHealth = new AppendHealth({ probe: () => translatingErrors(() => probeWrite(db, path)) })
    this.#table = openTable(db)
    this.#reader = new LogReader(this.#table)
    this.#appends = new GroupCommit({
      writeBatch: (batch) => this.#writeBatch(batch),
      isBusy: (error) => hasErrorCode(error, SQLITE_BUSY),
      patienceMs: PATIENCE_MS,
    })
    this.#reads = new GroupRead((runAll) => this.#transaction('BEGIN', runAll))
  }

  get form(): Form {
    return this.#table.form
  }

  async append(entry: Entry): Promise<AppendResult> {
    return (await this.appendAll([entry])) === 1 ? 'appended' : 'generation-taken'
  }

  appendAll(entries: readonly Entry[]): Promise<number> {
    return this.#appendHealth.observe(translatingErrors(() => this.#appends.add(entries)))
  }

  readHead(service: ServiceId): Promise<FullHeadSnapshot | null> {
    return this.#read(() => this.#reader.head(service))
  }

  lookup(service: ServiceId, selector: RevisionSelector): Promise<LookupResult | null> {
    return this.#read(() => this.#reader.lookup(service, selector))
  }

  lookupForChange(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<FullSnapshot | null> {
    return this.#read(() => this.#reader.lookupForChange(service, selector, generation))
  }

  readRevisions(service: ServiceId, scan: RevisionScan): Promise<RevisionPage | null> {
    return this.#read(() => this.#reader.revisions(service, scan))
  }

  readLog(service: ServiceId, page: LogPage): Promise<Entry[]> {
    return this.#read(() => this.#reader.log(service, page))
  }

  findRequest(service: ServiceId, requestId: string): Promise<Entry | null> {
    return this.#read(() => this.#reader.request(service, requestId))
  }

  readServices(page: ServicePage): Promise<ServiceSnapshot[]> {
    return this.#read(() => this.#reader.services(page))
  }

  readNamespaces(page: NamespacePage): Promise<string[]> {
    return this.#read(() => this.#reader.namespaces(page))
  }

  checkStorage(): Promise<readonly string[]> {
    return this.#read(() => checkPages(this.#db))
  }

  async *audit(): AsyncGenerator<readonly AuditedEntry[]> {
    let last: AuditPage['last'] | undefined
    while (last !== null) {
      const page: AuditPage = await this.#read(() => this.#auditor().page(last ?? undefined))
      if (page.entries.length > 0) yield page.entries
      last = page.last
    }
  }

  now(): number {
    return this.#clock.now()
  }

  ping(): Promise<void> {
    return this.#read(() => {
      this.#reader.namespaces({ limit: 1 })
    })
  }

  checkAppends(): Promise<void> {
    return this.#appendHealth.check()
  }

  async close(): Promise<void> {
    await this.#appends.settled()
    if (this.#db.isOpen) this.#db.close()
  }

  #read<T>(query: () => T): Promise<T> {
    return translatingErrors(() => this.#reads.read(query))
  }

  #writeBatch(batch: readonly (readonly Entry[])[]): number[] {
    return this.#transaction('BEGIN IMMEDIATE', () => batch.map((entries) => this.#write(entries)))
  }

  #transaction<T>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
    this.#db.exec(begin)
    try {
      this.#followUpgrade()
      const result = work()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      // If the disk is full, SQLite may have rolled back by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  // Another process may have finished the upgrade of the file since the last transaction.
  #followUpgrade(): void {
    if (this.#table.form === 3 || formOf(this.#db) === 2) return
    this.#table = new LogTable(this.#db, 3)
    this.#reader = new LogReader(this.#table)
    this.#audit = undefined
  }

  #auditor(): LogAudit {
    this.#audit ??= new LogAudit(this.#db, this.#table.form)
    return this.#audit
  }

  #write(entries: readonly Entry[]): number {
    const firstTaken = entries.findIndex((entry) => !this.#isWritten(entry))
    return firstTaken === -1 ? entries.length : firstTaken
  }

  #isWritten(entry: Entry): boolean {
    return this.#table.insert(entry) || this.#table.idAt(entry.service, entry.generation) === entry.id
  }
}

// In one transaction, because another process may finish the upgrade of the file between the two steps.
function openTable(db: DatabaseSync): LogTable {
  db.exec('BEGIN')
  try {
    return new LogTable(db, formOf(db))
  } finally {
    db.exec('COMMIT')
  }
}

const SQLITE_BUSY = 5

function hasErrorCode(error: unknown, code: number): boolean {
  // The low byte is the primary code. The rest tells its variants apart.
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === code
}

async function translatingErrors<T>(operation: () => T | Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw error instanceof RegistryError ? error : storeUnavailable(error)
  }
}
