import { DatabaseSync } from 'node:sqlite'
import type { FullRevision } from '../domain/log.ts'

const CACHE_KIB = 8 * 1024

/** A revision as the entry of a generation left it. */
export interface KnownRevision {
  readonly generation: number
  readonly revision: FullRevision
}

/**
 * The revisions of one service. They are kept in a temporary file that ends with the process, because a service may have
 * many, and each may be large.
 */
export class RevisionTable {
  readonly #db = new DatabaseSync('')
  readonly #set
  readonly #get
  readonly #clear
  #isEmpty = true

  constructor() {
    this.#db.exec(`
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA journal_mode = OFF;
      CREATE TABLE revisions (tag TEXT PRIMARY KEY, generation INTEGER NOT NULL, revision TEXT NOT NULL) STRICT;
      BEGIN`)
    this.#set = this.#db.prepare('INSERT OR REPLACE INTO revisions VALUES (?, ?, ?)')
    this.#get = this.#db.prepare('SELECT generation, revision FROM revisions WHERE tag = ?')
    this.#clear = this.#db.prepare('DELETE FROM revisions')
  }

  set(generation: number, revision: FullRevision): void {
    this.#set.run(revision.revisionTag, generation, JSON.stringify(revision))
    this.#isEmpty = false
  }

  get(tag: string): KnownRevision | undefined {
    const row = this.#get.get(tag)
    return row && { generation: Number(row.generation), revision: JSON.parse(String(row.revision)) }
  }

  /** Begins another service. */
  clear(): void {
    if (!this.#isEmpty) this.#clear.run()
    this.#isEmpty = true
  }

  close(): void {
    this.#db.close()
  }
}
