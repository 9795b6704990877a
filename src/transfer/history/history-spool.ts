import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { FullHeadSnapshot, FullRevision } from '../../domain/log.ts'

const CACHE_KIB = 16 * 1024

/** The tag of the row with the newest state of a service. No revision has it. */
const NEWEST = ''

/**
 * Keeps the lines of a history, and the newest state of each service and revision. It keeps them in a temporary file
 * that ends with the process, because there may be millions.
 */
export class HistorySpool {
  readonly #db = new DatabaseSync('')
  readonly #add: StatementSync
  readonly #set: StatementSync
  readonly #get: StatementSync
  #count = 0

  constructor() {
    this.#db.exec(`
      PRAGMA cache_size = -${CACHE_KIB};
      CREATE TABLE lines (line INTEGER NOT NULL, text TEXT NOT NULL, id TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE states (
        service TEXT NOT NULL, tag TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (service, tag)
      ) STRICT, WITHOUT ROWID;
      BEGIN`)
    this.#add = this.#db.prepare('INSERT INTO lines (line, text, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    this.#set = this.#db.prepare('INSERT OR REPLACE INTO states (service, tag, state) VALUES (?, ?, ?)')
    this.#get = this.#db.prepare('SELECT state FROM states WHERE service = ? AND tag = ?')
  }

  /** The number of lines. */
  get count(): number {
    return this.#count
  }

  /** Adds the line of an entry with this id. Returns false, and adds nothing, if another line has the id. */
  addLine(line: number, text: string, id: string): boolean {
    const isNew = this.#add.run(line, text, id).changes === 1
    if (isNew) this.#count++
    return isNew
  }

  /** The lines in the order in which they were added. */
  *lines(): Generator<{ readonly line: number; readonly text: string }> {
    for (const row of this.#db.prepare('SELECT line, text FROM lines ORDER BY rowid').iterate()) {
      yield { line: Number(row.line), text: String(row.text) }
    }
  }

  newest(service: string): FullHeadSnapshot | null {
    return this.#read(service, NEWEST)
  }

  setNewest(service: string, newest: FullHeadSnapshot): void {
    this.#set.run(service, NEWEST, JSON.stringify(newest))
  }

  revision(service: string, tag: string): FullRevision | null {
    return this.#read(service, tag)
  }

  setRevision(service: string, revision: FullRevision): void {
    this.#set.run(service, revision.revisionTag, JSON.stringify(revision))
  }

  /** Forgets the states, so that the lines can be replayed again. */
  clearStates(): void {
    this.#db.exec('DELETE FROM states')
  }

  close(): void {
    this.#db.close()
  }

  #read<T>(service: string, tag: string): T | null {
    const state = this.#get.get(service, tag)?.state
    return state === undefined ? null : JSON.parse(String(state))
  }
}
