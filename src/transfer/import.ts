import type { RegistryError } from '../domain/errors.ts'
import { requireSchemes } from '../domain/revision-info.ts'
import { formatServiceId } from '../domain/sruid.ts'
import { usualSchemes } from '../domain/uri.ts'
import type { Store } from '../store/store.ts'
import { importRefused } from './history/import-refused.ts'
import { importGroup } from './import-group.ts'
import type { Importing, Line } from './importing.ts'
import { LineSorter } from './line-sorter.ts'
import { type ImportRecord, parseRecord } from './records.ts'
import { MAX_RECORD_BYTES, type RecordText } from './split-records.ts'

/** The numbers of records so far, by result. */
export interface Counts {
  added: number
  /** Records that were already stored with the same content. */
  alreadyThere: number
  /** Records of another kind, such as other models of a dump. */
  skipped: number
  refused: number
}

/** The events of an import. */
export interface ImportEvents {
  /** A record was refused. */
  readonly onRefused: (line: number, reason: string) => void
  /** The number of records that were read so far. */
  readonly onRead?: ((records: number) => void) | undefined
  /** All records were read. */
  readonly onAllRead?: () => void
  /** The number of records that were imported so far, and the number of all records to import. */
  readonly onImported?: (records: number, ofAll: number) => void
}

/** The dependencies of an import. */
export interface ImportDeps extends ImportEvents {
  readonly store: Store
  readonly now: () => number
  readonly newId: () => string
  readonly newSalt: () => string
  /** The schemes that endpoints may have. Default: the usual ones. */
  readonly endpointSchemes?: ReadonlySet<string>
}

/** The number of records to import together. */
const BATCH = 2_000

/** The number of services to write at once: in one transaction on SQLite, over separate connections on MongoDB. */
const SERVICES_AT_ONCE = 100

/**
 * Reads all records, and then imports them. It refuses a record that is not JSON, is not valid, or has a tag that is
 * registered with other content, and continues with the next one. Records that are already stored change nothing. An
 * import may therefore be run again. Throws `IMPORT_REFUSED` if one of them is an entry of a history.
 */
export async function importRecords(deps: ImportDeps, records: AsyncIterable<readonly RecordText[]>): Promise<Counts> {
  const counts: Counts = { added: 0, alreadyThere: 0, skipped: 0, refused: 0 }
  const importing: Importing = {
    ...deps,
    onAdded: () => counts.added++,
    onAlreadyThere: () => counts.alreadyThere++,
    onRefused: (line, reason) => {
      counts.refused++
      deps.onRefused(line, reason)
    },
  }
  const sorter = new LineSorter()
  try {
    await readAll(importing, records, { sorter, counts, onRead: deps.onRead })
    deps.onAllRead?.()
    let imported = 0
    for (const batch of inBatches(sorter.sorted())) {
      await importBatch(importing, batch)
      imported += batch.length
      deps.onImported?.(imported, sorter.count)
    }
  } finally {
    sorter.close()
  }
  return counts
}

interface Reading {
  readonly sorter: LineSorter
  readonly counts: Counts
  readonly onRead: ImportDeps['onRead']
}

async function readAll(
  importing: Importing,
  records: AsyncIterable<readonly RecordText[]>,
  { sorter, counts, onRead }: Reading,
): Promise<void> {
  let read = 0
  for await (const some of records) {
    for (const text of some) {
      const record = tryParse(importing, text)
      if (record?.kind === 'entry') throw mixed(text)
      if (record?.kind === 'skipped') counts.skipped++
      else if (record) sorter.add(serviceOf(record), { line: text.line, record })
    }
    read += some.length
    onRead?.(read)
  }
}

// Nothing is stored yet.
function mixed({ line }: RecordText): RegistryError {
  return importRefused(
    `line ${line}: the record is an entry, and the file began with others; import entries from a file of their own.`,
  )
}

function tryParse(
  { onRefused, endpointSchemes = usualSchemes }: Importing,
  { line, text }: RecordText,
): ImportRecord | undefined {
  try {
    if (text !== undefined) return requireSchemesOf(parseRecord(text), endpointSchemes)
    onRefused(line, `the record is too long; use at most ${MAX_RECORD_BYTES} bytes.`)
  } catch (error) {
    onRefused(line, error instanceof Error ? error.message : String(error))
  }
  return undefined
}

function requireSchemesOf(record: ImportRecord, schemes: ReadonlySet<string>): ImportRecord {
  if (record.kind !== 'revision') return record
  for (const info of [record.info, record.registeredInfo ?? record.info]) requireSchemes(info.endpoints, schemes)
  return record
}

function* inBatches(lines: Iterable<Line>): Generator<readonly Line[]> {
  let batch: Line[] = []
  for (const line of lines) {
    batch.push(line)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

// Imports several services at once, and the records of each service one after the other.
async function importBatch(importing: Importing, batch: readonly Line[]): Promise<void> {
  const services = [...Map.groupBy(batch, ({ record }) => serviceOf(record)).values()]
  for (let at = 0; at < services.length; at += SERVICES_AT_ONCE) {
    await Promise.all(services.slice(at, at + SERVICES_AT_ONCE).map((lines) => importGroup(importing, lines)))
  }
}

function serviceOf(record: Line['record']): string {
  return formatServiceId(record.kind === 'revision' ? record.sruid : record.service)
}
