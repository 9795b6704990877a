import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Line } from './importing.ts'
import type { RecordText } from './input/split-records.ts'
import { parseRecord, type RevisionRecord, type ServiceRecord } from './record/records.ts'

const CACHE_KIB = 8 * 1024

/** A service of an input, and the number of its lines. */
export interface SortedService {
  readonly service: string
  readonly lines: number
}

/**
 * Sorts lines by service. The revisions of a service come in the order of their registration, and its other lines come
 * in the order of the input. The lines are kept in a temporary file that ends with the process. The order matters for
 * speed: the keys of a store begin with the service, and the lines of a dump are often in no order.
 */
export class LineSorter {
  readonly #db = new DatabaseSync('')
  readonly #insert: StatementSync
  #count = 0

  constructor() {
    this.#db.exec(`
      PRAGMA cache_size = -${CACHE_KIB};
      CREATE TABLE lines (
        number INTEGER PRIMARY KEY, line INTEGER NOT NULL, service TEXT NOT NULL, time INTEGER, text TEXT NOT NULL
      ) STRICT;
      BEGIN`)
    this.#insert = this.#db.prepare('INSERT INTO lines (number, line, service, time, text) VALUES (?, ?, ?, ?, ?)')
  }

  get count(): number {
    return this.#count
  }

  add(service: string, { index, line, text = '' }: RecordText, record: Line['record']): void {
    const time = record.kind === 'revision' ? record.registeredAt : null
    // The text is shorter than the record, and a refused record is told with its text.
    this.#insert.run(index, line, service, time, text)
    this.#count++
  }

  /** The services in the order of their text. No line may be added after this. */
  *services(): Generator<SortedService> {
    this.#db.exec('CREATE INDEX by_service ON lines (service, time)')
    for (const row of this.#db.prepare('SELECT service, count(*) AS lines FROM lines GROUP BY service').iterate()) {
      yield { service: String(row.service), lines: Number(row.lines) }
    }
  }

  /** The lines of the revisions of a service, in pages. */
  *revisionsOf(service: string, pageSize: number): Generator<readonly Line<RevisionRecord>[]> {
    const query = this.#db.prepare(`
      SELECT number, line, time, text FROM lines
      WHERE service = ? AND (time, number) > (?, ?) ORDER BY time, number LIMIT ?`)
    let after: readonly [number, number] = [Number.MIN_SAFE_INTEGER, 0]
    for (;;) {
      const rows = query.all(service, ...after, pageSize)
      const last = rows.at(-1)
      if (last === undefined) return
      yield rows.map(toLine<RevisionRecord>)
      after = [Number(last.time), Number(last.number)]
    }
  }

  /** The other lines of a service. */
  settingsOf(service: string): readonly Line<ServiceRecord>[] {
    const query = 'SELECT number, line, text FROM lines WHERE service = ? AND time IS NULL ORDER BY number'
    return this.#db
      .prepare(query)
      .all(service)
      .map(toLine<ServiceRecord>)
  }

  /** The revision of the record with this index. */
  revisionAt(index: number): Line<RevisionRecord> {
    const row = this.#db.prepare('SELECT number, line, text FROM lines WHERE number = ?').get(index)
    return toLine<RevisionRecord>(row ?? {})
  }

  /** The text of the record with this index. Undefined: it was not added. */
  textAt(index: number): string | undefined {
    const text = this.#db.prepare('SELECT text FROM lines WHERE number = ?').get(index)?.text
    return text === undefined ? undefined : String(text)
  }

  close(): void {
    this.#db.close()
  }
}

function toLine<T extends RevisionRecord | ServiceRecord>(row: Record<string, unknown>): Line<T> {
  const [index, line] = [Number(row.number), Number(row.line)]
  return { index, line, record: parseRecord(String(row.text), { line, column: 1 }) as T }
}
