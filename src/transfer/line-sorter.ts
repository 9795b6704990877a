import { DatabaseSync } from 'node:sqlite'
import type { Line } from './importing.ts'

const CACHE_KIB = 32 * 1024

/**
 * Puts lines in the order of their services, and of each service in the order of the input, in a file that is gone with
 * the process. A dump is often in no order at all, and a store whose keys begin with the service then takes each of a
 * million lines at another place.
 */
export class LineSorter {
  readonly #db = new DatabaseSync('')
  readonly #insert
  #count = 0

  constructor() {
    this.#db.exec(`
      PRAGMA cache_size = -${CACHE_KIB};
      CREATE TABLE lines (service TEXT NOT NULL, line INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
      BEGIN`)
    this.#insert = this.#db.prepare('INSERT INTO lines (service, line, record) VALUES (?, ?, ?)')
  }

  get count(): number {
    return this.#count
  }

  add(service: string, { line, record }: Line): void {
    this.#insert.run(service, line, JSON.stringify(record))
    this.#count++
  }

  *sorted(): Generator<Line> {
    for (const row of this.#db.prepare('SELECT line, record FROM lines ORDER BY service, line').iterate()) {
      yield { line: Number(row.line), record: JSON.parse(String(row.record)) }
    }
  }

  close(): void {
    this.#db.close()
  }
}
