import { DatabaseSync } from 'node:sqlite'
import type { Line } from './importing.ts'

const CACHE_KIB = 8 * 1024

/**
 * Sorts lines by service. The revisions of a service come in the order of their registration, and before its other
 * lines. The lines are kept in a temporary file that ends with the process. The order matters for speed: the keys of a
 * store begin with the service, and the lines of a dump are often in no order.
 */
export class LineSorter {
  readonly #db = new DatabaseSync('')
  readonly #insert
  #count = 0

  constructor() {
    this.#db.exec(`
      PRAGMA cache_size = -${CACHE_KIB};
      CREATE TABLE lines (service TEXT NOT NULL, time INTEGER, line INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
      BEGIN`)
    this.#insert = this.#db.prepare('INSERT INTO lines (service, time, line, record) VALUES (?, ?, ?, ?)')
  }

  get count(): number {
    return this.#count
  }

  add(service: string, { line, record }: Line): void {
    const time = record.kind === 'revision' ? record.registeredAt : null
    this.#insert.run(service, time, line, JSON.stringify(record))
    this.#count++
  }

  *sorted(): Generator<Line> {
    const query = 'SELECT line, record FROM lines ORDER BY service, time NULLS LAST, line'
    for (const row of this.#db.prepare(query).iterate()) {
      yield { line: Number(row.line), record: JSON.parse(String(row.record)) }
    }
  }

  close(): void {
    this.#db.close()
  }
}
