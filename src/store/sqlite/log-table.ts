import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { ABOVE_ALL_KEYS, hasLongNumber } from '../../domain/versions/version-key.ts'
import { damagedEntry } from '../forms/opened-entry.ts'
import { type Form, parseStoredService } from '../forms/stored-entry.ts'
import { abovePrefix, firstBehind } from '../service-order.ts'
import type { ChangesPage, LogPage, RevisionScan } from '../store.ts'
import { scanQuery, servicesQuery, versionQuery } from './list-queries.ts'
import { generationsOfTagQuery } from './reads/history-queries.ts'
import type { KeyColumns, Row } from './rows.ts'
import { toStoreError } from './sqlite-errors.ts'
import { tableOf } from './stored-form.ts'

const KEYS = 'registered_at, version, release, request'

/** The columns of a row that registered a revision. */
export type RegistrationRow = Pick<Row, 'generation' | 'tag'> & Omit<KeyColumns, 'request'>

type Bounds = { readonly [K in 'before' | 'after' | 'limit']: NonNullable<ChangesPage[K]> }

/** The statements that read the table of the log, whose name and columns depend on the form that it is written in. */
export class LogTable {
  readonly form: Form
  readonly #version: StatementSync
  readonly #newest: StatementSync
  readonly #newestId: StatementSync
  readonly #newestGeneration: StatementSync
  readonly #timeAt: StatementSync
  readonly #at: StatementSync
  readonly #ofTag: StatementSync
  readonly #withKeysAt: StatementSync
  readonly #generationsOfTag: StatementSync
  readonly #after: StatementSync
  readonly #ofRequest: StatementSync
  readonly #keyAt: StatementSync
  readonly #services: StatementSync
  readonly #scans: Readonly<Record<'registration' | 'version' | 'release', StatementSync>>

  constructor(db: DatabaseSync, form: Form) {
    this.form = form
    const table = tableOf(form)
    const columns = `generation, id, tag, time, body, ${form === 2 ? 'NULL AS crc' : 'crc'}`
    const select = (rest: string, more = '') =>
      db.prepare(`SELECT ${columns}${more} FROM ${table} WHERE service = ? AND ${rest}`)
    const newest = 'generation >= 0 ORDER BY generation DESC LIMIT 1'
    this.#version = db.prepare('PRAGMA data_version')
    this.#newest = select(newest)
    this.#newestId = db.prepare(`SELECT id FROM ${table} WHERE service = ? AND ${newest}`)
    this.#newestGeneration = db.prepare(`SELECT generation FROM ${table} WHERE service = ? AND ${newest}`)
    this.#timeAt = db.prepare(`SELECT time FROM ${table} WHERE service = ? AND generation = ?`)
    this.#at = select('generation = ?')
    this.#withKeysAt = select('generation = ?', `, ${KEYS}`)
    this.#generationsOfTag = db.prepare(generationsOfTagQuery(table))
    this.#ofTag = select('tag = ? AND generation <= ? ORDER BY generation DESC LIMIT 1')
    this.#after = select('generation > ? ORDER BY generation LIMIT ?', `, ${KEYS}`)
    this.#ofRequest = select('request = ? ORDER BY generation LIMIT 1')
    this.#keyAt = db.prepare(`SELECT version FROM ${table} WHERE service = ? AND generation = ?`)
    this.#services = db.prepare(servicesQuery(table))
    this.#scans = {
      registration: db.prepare(scanQuery(table, 'registered_at', 'registered_at IS NOT NULL')),
      version: db.prepare(versionQuery(db, table)),
      release: db.prepare(scanQuery(table, 'release', 'release >= ?2')),
    }
  }

  /**
   * The version of the file in this transaction. It changes whenever another connection has written, in this process or in
   * another one. SQLite trusts its own cache of pages for as long.
   */
  version(): number {
    return Number(this.#version.get()?.data_version)
  }

  /** The id of the newest row of a service, which is read without its body. */
  newestId(service: ServiceId): string | undefined {
    return get<Pick<Row, 'id'>>(this.#newestId, service)?.id
  }

  /** The newest row of a service. */
  newest(service: ServiceId): Row | undefined {
    return get(this.#newest, service)
  }

  /** The greatest generation of a service, from the index alone. */
  newestGeneration(service: ServiceId): number | undefined {
    return get<Pick<Row, 'generation'>>(this.#newestGeneration, service)?.generation
  }

  /** The time of a generation, which stands before the body of its row. */
  timeAt(service: ServiceId, generation: number): number | undefined {
    return get<Pick<Row, 'time'>>(this.#timeAt, service, generation)?.time
  }

  /** The row of a generation, with the columns by which it is found. */
  withKeysAt(service: ServiceId, generation: number): (Row & KeyColumns) | undefined {
    return get(this.#withKeysAt, service, generation)
  }

  /** The generations of a tag, the greatest first, below `before` and above `after`, from the index alone. */
  generationsOfTag(service: ServiceId, tag: string, { before, after, limit }: Bounds): number[] {
    const rows = all<Pick<Row, 'generation'>>(this.#generationsOfTag, service, tag, before, after, limit)
    return rows.map(({ generation }) => generation)
  }

  /** The row of a generation. */
  at(service: ServiceId, generation: number): Row | undefined {
    return get(this.#at, service, generation)
  }

  /** The newest row of a tag, up to a generation. */
  ofTag(service: ServiceId, tag: string, generation: number): Row | undefined {
    return get(this.#ofTag, service, tag, generation)
  }

  /** The first row of a request. */
  ofRequest(service: ServiceId, requestId: string): Row | undefined {
    return get(this.#ofRequest, service, requestId)
  }

  /** The rows of a page of the log, one by one, because they may be large. */
  after(service: ServiceId, { after, limit }: LogPage): Iterable<Row & KeyColumns> {
    return iterate(this.#after, service, after, limit)
  }

  /** The registrations of a scan, up to a generation. */
  scan(service: ServiceId, scan: RevisionScan, generation: number): RegistrationRow[] {
    const rest = [generation, scan.limit]
    if (scan.order === 'registration') {
      const { registeredAt = Number.MAX_SAFE_INTEGER, ordinal = 0 } = scan.after ?? {}
      return all(this.#scans.registration, service, null, registeredAt, ordinal, ...rest)
    }
    const { versionKey = scan.to ?? ABOVE_ALL_KEYS, ordinal = 0 } = scan.after ?? {}
    const statement = scan.releasesOnly ? this.#scans.release : this.#scans.version
    const place = hasLongNumber(versionKey) ? this.#storedKey(service, ordinal, versionKey) : versionKey
    return all(statement, service, scan.from ?? '', place, ordinal, ...rest)
  }

  // An earlier version may have stored a rounded key, and the index has the registration in that place.
  #storedKey(service: ServiceId, ordinal: number, versionKey: string): string {
    const [row] = all<Pick<KeyColumns, 'version'>>(this.#keyAt, service, ordinal)
    return row?.version ?? versionKey
  }

  /** The services with this prefix after one, in the order of their text. */
  services(prefix: string, after: string, limit: number): ServiceId[] {
    const rows = this.#services.all(firstBehind(prefix, after), abovePrefix(prefix), limit)
    return rows.map(({ service }) => parseStoredService(service as string))
  }
}

type Value = string | number | null

function get<R = Row>(statement: StatementSync, service: ServiceId, ...values: Value[]): R | undefined {
  try {
    return statement.get(formatServiceId(service), ...values) as R | undefined
  } catch (error) {
    throw toError(error, statement, service, values)
  }
}

function all<R>(statement: StatementSync, service: ServiceId, ...values: Value[]): R[] {
  try {
    return statement.all(formatServiceId(service), ...values) as unknown as R[]
  } catch (error) {
    throw toError(error, statement, service, values)
  }
}

function* iterate<R>(statement: StatementSync, service: ServiceId, ...values: Value[]): Generator<R> {
  try {
    yield* statement.iterate(formatServiceId(service), ...values) as unknown as Iterable<R>
  } catch (error) {
    throw toError(error, statement, service, values)
  }
}

// SQLite has integers that JavaScript cannot represent. None of them was ever written.
function toError(error: unknown, statement: StatementSync, service: ServiceId, values: readonly Value[]): Error {
  const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE'
  if (!isTooLarge) return toStoreError(error)
  return damagedEntry({ service, generation: firstTooLarge(statement, service, values) }, error)
}

function firstTooLarge(statement: StatementSync, service: ServiceId, values: readonly Value[]): number {
  statement.setReadBigInts(true)
  try {
    const isUnsafe = (value: unknown) => typeof value === 'bigint' && !Number.isSafeInteger(Number(value))
    const row = statement.all(formatServiceId(service), ...values).find((each) => Object.values(each).some(isUnsafe))
    return Number(row?.generation ?? 0)
  } finally {
    statement.setReadBigInts(false)
  }
}
