import type { DatabaseSync } from 'node:sqlite'
import type { Form } from '../forms/stored-entry.ts'
import type { AuditedEntry } from '../store.ts'
import { GroupRead } from './group-read.ts'
import { type AuditPage, checkPages, LogAudit } from './log-audit.ts'
import { LogReader } from './log-reader.ts'
import { LogTable } from './log-table.ts'
import { formOf } from './stored-form.ts'

/**
 * Reads a file. No transaction is longer than a turn of the event loop, so no read holds up the writer's checkpoints.
 */
export class FileReader {
  readonly #db: DatabaseSync
  readonly #reads: GroupRead
  #table: LogTable
  #log: LogReader
  #audit: LogAudit | undefined

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#reads = new GroupRead((runAll) => this.#transaction(runAll))
    this.#table = openTable(db)
    this.#log = new LogReader(this.#table)
  }

  /** The form in which the file was written at the last read. */
  get form(): Form {
    return this.#table.form
  }

  /** Reads the log. Reads of one turn see the same state. */
  read<T>(query: (log: LogReader) => T): Promise<T> {
    return this.#reads.read(() => query(this.#log))
  }

  /** As `AuditedStore.checkStorage`. */
  checkPages(): Promise<readonly string[]> {
    return this.#reads.read(() => checkPages(this.#db))
  }

  /** As `AuditedStore.audit`. */
  async *audit(): AsyncGenerator<readonly AuditedEntry[]> {
    let last: AuditPage['last'] | undefined
    while (last !== null) {
      const page: AuditPage = await this.#reads.read(() => this.#auditor().page(last ?? undefined))
      if (page.entries.length > 0) yield page.entries
      last = page.last
    }
  }

  /** Tries to copy the write-ahead log into the open file, and to empty it, whatever names the files have now. */
  emptyLog(): void {
    try {
      this.#db.exec('PRAGMA busy_timeout = 200; PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {}
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #transaction(runAll: () => void): void {
    this.#db.exec('BEGIN')
    try {
      this.#followUpgrade()
      this.#log.begin()
      runAll()
    } finally {
      if (this.#db.isTransaction) this.#db.exec('COMMIT')
    }
  }

  // Another process may have finished the upgrade of the file since the last transaction.
  #followUpgrade(): void {
    if (this.#table.form === 3 || formOf(this.#db) === 2) return
    this.#table = new LogTable(this.#db, 3)
    this.#log = new LogReader(this.#table)
    this.#audit = undefined
  }

  #auditor(): LogAudit {
    this.#audit ??= new LogAudit(this.#db, this.#table.form)
    return this.#audit
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
