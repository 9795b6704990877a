import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { RecentlyUsed } from '../../domain/recently-used.ts'
import { AUDIT_PAGE, auditEntry } from '../audit.ts'
import type { Holders, OpenedEntry } from '../forms/opened-entry.ts'
import { type Form, parseStoredService } from '../forms/stored-entry.ts'
import type { AuditedEntry } from '../store.ts'
import { type KeyColumns, openRow, type Row, requireKeys } from './rows.ts'
import { tableOf } from './stored-form.ts'

/**
 * The place of an entry, exactly as it is stored. A damaged service may be no text, and a damaged generation may be an
 * integer that JavaScript cannot represent.
 */
interface Place {
  readonly service: Uint8Array
  readonly generation: bigint
}

const BEFORE_ALL: Place = { service: new Uint8Array(), generation: -(2n ** 63n) }

/** A page of an audit. `last` is null if no entry follows. */
export interface AuditPage {
  readonly entries: readonly AuditedEntry[]
  readonly last: Place | null
}

const KEPT_HOLDERS = 16

/** Reads all rows of a file, as far as possible. */
export class LogAudit {
  readonly #places: StatementSync
  readonly #at: StatementSync
  readonly #opened = new RecentlyUsed<string, OpenedEntry>(KEPT_HOLDERS)

  constructor(db: DatabaseSync, form: Form) {
    const table = tableOf(form)
    // Without the name of the table, it would sort the results of CAST instead of following the index.
    this.#places = db.prepare(
      `SELECT CAST(service AS BLOB) AS service, generation FROM ${table}
       WHERE (service, generation) > (CAST(? AS TEXT), ?) ORDER BY ${table}.service, generation LIMIT ${AUDIT_PAGE}`,
    )
    this.#at = db.prepare(
      `SELECT generation, id, tag, time, body, ${form === 2 ? 'NULL AS crc' : 'crc'},
       registered_at, version, release, request FROM ${table} WHERE service = CAST(? AS TEXT) AND generation = ?`,
    )
    for (const statement of [this.#places, this.#at]) statement.setReadBigInts(true)
  }

  /** The entries after a place. */
  page({ service, generation } = BEFORE_ALL): AuditPage {
    // This reads the unique index only, so it finds the rows of damaged pages, too.
    const places = this.#places.all(service, generation) as unknown as Place[]
    return { entries: places.map((place) => this.#audit(place)), last: places.at(-1) ?? null }
  }

  #audit(place: Place): AuditedEntry {
    const text = Buffer.from(place.service).toString()
    let row: (Row & KeyColumns) | undefined
    const open = () => {
      row = this.#row(place)
      return openRow(parseStoredService(text), row)
    }
    const holders: Holders = (generation) =>
      this.#opened.getOrCreate(`${text} ${generation}`, () =>
        openRow(parseStoredService(text), this.#row({ ...place, generation: BigInt(generation) })),
      )
    return auditEntry(
      { service: text, generation: Number(place.generation) },
      { open, holders, requireKeys: (entry) => row && requireKeys(entry, row) },
    )
  }

  #row({ service, generation }: Place): Row & KeyColumns {
    const row = this.#at.get(service, generation)
    if (row === undefined) throw new RangeError('no row has this place')
    const toNumber = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value)
    const numbered = Object.entries(row).map(([name, value]) => [name, toNumber(value)])
    return Object.fromEntries(numbered) as unknown as Row & KeyColumns
  }
}

/** Checks the pages and the indexes of a file. Returns a text for each problem, at most 100. */
export function checkPages(db: DatabaseSync): readonly string[] {
  try {
    const rows = db.prepare('PRAGMA integrity_check').all()
    const texts = rows.map(({ integrity_check }) => String(integrity_check).replaceAll(/\s+/g, ' '))
    return texts.filter((text) => text !== 'ok')
  } catch (error) {
    // SQLite gives up if it cannot read the structure of the file.
    return [error instanceof Error ? error.message : String(error)]
  }
}
