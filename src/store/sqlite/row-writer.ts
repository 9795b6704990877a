import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Form } from '../forms/stored-entry.ts'
import { tableOf, versionOf } from './stored-form.ts'

const COLUMNS = [
  ...['service', 'generation', 'id', 'tag', 'time', 'body'],
  ...['registered_at', 'version', 'release', 'request', 'crc'],
] as const

/** The values of a new row, in the order of `toValues`. They can be sent to another thread. */
export type RowValues = readonly (string | number | null)[]

/** The values of the columns of a new row. */
export function toValues(columns: Readonly<Record<(typeof COLUMNS)[number], string | number | null>>): RowValues {
  return COLUMNS.map((name) => columns[name])
}

/** Inserts rows into the table of the log, whose name and columns depend on the form that it is written in. */
export class RowWriter {
  readonly form: Form
  readonly #db: DatabaseSync
  readonly #insert: StatementSync
  readonly #idAt: StatementSync

  constructor(db: DatabaseSync, form: Form) {
    this.form = form
    this.#db = db
    const table = tableOf(form)
    const names = form === 2 ? COLUMNS.slice(0, -1) : COLUMNS
    this.#insert = db.prepare(
      `INSERT INTO ${table} (${names}) VALUES (${names.map(() => '?')}) ON CONFLICT (service, generation) DO NOTHING`,
    )
    this.#idAt = db.prepare(`SELECT id FROM ${table} WHERE service = ? AND generation = ?`)
  }

  /**
   * Inserts rows in their order, up to the first whose generation another entry has. Returns their number. Without a row,
   * it writes the version of the schema again.
   */
  insert(rows: readonly RowValues[]): number {
    if (rows.length === 0) this.#db.exec(`PRAGMA user_version = ${versionOf(this.#db)}`)
    const firstTaken = rows.findIndex((row) => !this.#isWritten(row))
    return firstTaken === -1 ? rows.length : firstTaken
  }

  // The same entry may be inserted again.
  #isWritten(row: RowValues): boolean {
    const values = this.form === 2 ? row.slice(0, -1) : row
    if (this.#insert.run(...values).changes === 1) return true
    const [service = '', generation = 0, id] = row
    return this.#idAt.get(service, generation)?.id === id
  }
}
