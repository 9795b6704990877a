import { DatabaseSync } from 'node:sqlite'
import type { Random } from '../fuzz/random.ts'

/** The columns of the log. */
export const columns = [
  ...['service', 'generation', 'id', 'tag', 'time', 'body'],
  ...['registered_at', 'version', 'release', 'request', 'crc'],
] as const

export type Column = (typeof columns)[number]

/** A byte of one row that was changed. */
export interface Flip {
  /** The generation of the row before the change. */
  readonly generation: number
  /** The service and the generation of the row now. */
  readonly now: { readonly service: string; readonly generation: number }
  /** Brings the old value back. */
  undo(): void
}

/** Changes one byte of a column in a random row of a service that has a value there. */
export function flipByte(path: string, service: string, column: Column, random: Random): Flip {
  const db = new DatabaseSync(path)
  const rows = db
    .prepare(
      `SELECT rowid, generation, CAST(${column} AS BLOB) AS bytes FROM log WHERE service = ? AND length(bytes) > 0`,
    )
    .all(service)
  for (;;) {
    const { rowid, generation, bytes } = random.pick(rows)
    try {
      write(db, column, rowid as number, flipped(column, bytes as Uint8Array, random))
      const undo = () => {
        write(db, column, rowid as number, bytes as Uint8Array)
        db.close()
      }
      return { generation: Number(generation), now: placeOf(db, rowid as number), undo }
    } catch (error) {
      // Another row has the key.
      if (!(error instanceof Error && error.message.startsWith('UNIQUE'))) throw error
    }
  }
}

const types: Partial<Record<Column, 'INTEGER'>> = {
  generation: 'INTEGER',
  time: 'INTEGER',
  registered_at: 'INTEGER',
  crc: 'INTEGER',
}

// SQLite converts an integer to the text of its digits.
function write(db: DatabaseSync, column: Column, rowid: number, bytes: Uint8Array): void {
  const type = types[column] ?? 'TEXT'
  db.prepare(`UPDATE log SET ${column} = CAST(CAST(? AS TEXT) AS ${type}) WHERE rowid = ?`).run(bytes, rowid)
}

function flipped(column: Column, bytes: Uint8Array, random: Random): Uint8Array {
  const changed = Buffer.from(column in types ? toInteger(bytes) : bytes)
  const at = random.below(changed.length)
  changed[at] = (changed[at] ?? 0) ^ (1 + random.below(255))
  return column in types ? Buffer.from(`${changed.readBigInt64BE()}`) : changed
}

function toInteger(digits: Uint8Array): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(Buffer.from(digits).toString()))
  return bytes
}

function placeOf(db: DatabaseSync, rowid: number): Flip['now'] {
  const row = db
    .prepare('SELECT CAST(service AS BLOB) AS service, CAST(generation AS TEXT) AS generation FROM log WHERE rowid = ?')
    .get(rowid)
  return { service: Buffer.from(row?.service as Uint8Array).toString(), generation: Number(row?.generation) }
}
