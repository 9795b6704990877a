import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Line } from './importing.ts'
import type { RecordText } from './input/split-records.ts'
import { parseRecord, type RevisionRecord, type ServiceRecord } from './record/records.ts'

const CACHE_KIB = 8 * 1024

/** The most lines of one page, and the most bytes of their texts, except that a page has at least one line. */
export const pageLimits = { lines: 2_000, bytes: 4 * 1024 ** 2 } as const

/** A service of an input, and the number of its lines and of the bytes of their texts. */
export interface SortedService {
  readonly service: string
  readonly lines: number
  readonly bytes: number
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
    const query = 'SELECT service, count(*) AS lines, sum(octet_length(text)) AS bytes FROM lines GROUP BY service'
    for (const row of this.#db.prepare(query).iterate()) {
      yield { service: String(row.service), lines: Number(row.lines), bytes: Number(row.bytes) }
    }
  }

  /** The lines of the revisions of a service, in pages. */
  *revisionsOf(service: string): Generator<readonly Line<RevisionRecord>[]> {
    const query = this.#db.prepare(`
      SELECT number, line, text FROM lines WHERE service = ? AND time IS NOT NULL ORDER BY time, number`)
    yield* inPages(query.iterate(service))
  }

  /** The lines of the revisions of the records with these indexes, in pages. */
  *revisionsAt(indexes: readonly number[]): Generator<readonly Line<RevisionRecord>[]> {
    const query = this.#db.prepare('SELECT number, line, text FROM lines WHERE number = ?')
    function* rows() {
      for (const index of indexes) yield query.get(index) ?? {}
    }
    yield* inPages(rows())
  }

  /** The other lines of a service. */
  settingsOf(service: string): readonly Line<ServiceRecord>[] {
    const query = 'SELECT number, line, text FROM lines WHERE service = ? AND time IS NULL ORDER BY number'
    return this.#db
      .prepare(query)
      .all(service)
      .map(toLine<ServiceRecord>)
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

// A line may have 1 MiB, and the rest of an import takes several times as much for each line of a page.
function* inPages(rows: Iterable<Record<string, unknown>>): Generator<readonly Line<RevisionRecord>[]> {
  let [page, bytes]: [Line<RevisionRecord>[], number] = [[], 0]
  for (const row of rows) {
    const more = Buffer.byteLength(String(row.text))
    if (page.length === pageLimits.lines || (page.length > 0 && bytes + more > pageLimits.bytes)) {
      yield page
      ;[page, bytes] = [[], 0]
    }
    page.push(toLine<RevisionRecord>(row))
    bytes += more
  }
  if (page.length > 0) yield page
}

function toLine<T extends RevisionRecord | ServiceRecord>(row: Record<string, unknown>): Line<T> {
  const [index, line] = [Number(row.number), Number(row.line)]
  return { index, line, record: parseRecord(String(row.text), { line, column: 1 }) as T }
}
