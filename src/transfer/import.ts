import { formatServiceId } from '../domain/sruid.ts'
import type { Store } from '../store/store.ts'
import { importGroup } from './import-group.ts'
import type { Importing, Line } from './importing.ts'
import { LineSorter } from './line-sorter.ts'
import { type ImportRecord, parseRecord } from './records.ts'
import { MAX_RECORD_BYTES, type RecordText } from './split-records.ts'

/** What became of the records so far. */
export interface Counts {
  added: number
  /** With the same content, so that nothing changed. */
  alreadyThere: number
  /** About something else. */
  skipped: number
  refused: number
}

/** The events of an import. */
export interface ImportEvents {
  /** A record is refused. */
  readonly onRefused: (line: number, reason: string) => void
  /** So many records were read. */
  readonly onRead?: ((records: number) => void) | undefined
  /** All records were read. */
  readonly onAllRead?: () => void
  /** So many records were imported, of those that were read and are to be. */
  readonly onImported?: (records: number, ofAll: number) => void
}

/** Everything that an import needs from outside. */
export interface ImportDeps extends ImportEvents {
  readonly store: Store
  readonly now: () => number
  readonly newId: () => string
}

/** How many records are taken from the input together. */
const BATCH = 2_000

/** How many services are written to at once: on SQLite in one transaction, on MongoDB over as many connections. */
const SERVICES_AT_ONCE = 100

/**
 * Imports records, once all of them were read, and goes on after those that are refused: not JSON, not valid, or of a tag
 * that is taken by other content. What is there already with the same content is left alone, so that an import may be run
 * again.
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
      if (record?.kind === 'skipped') counts.skipped++
      else if (record) sorter.add(serviceOf(record), { line: text.line, record })
    }
    read += some.length
    onRead?.(read)
  }
}

function tryParse({ onRefused }: Importing, { line, text }: RecordText): ImportRecord | undefined {
  try {
    if (text !== undefined) return parseRecord(text)
    onRefused(line, `the record has more than ${MAX_RECORD_BYTES} bytes.`)
  } catch (error) {
    onRefused(line, error instanceof Error ? error.message : String(error))
  }
  return undefined
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

// The records of one service go one after the other, those of several at once.
async function importBatch(importing: Importing, batch: readonly Line[]): Promise<void> {
  const services = [...Map.groupBy(batch, ({ record }) => serviceOf(record)).values()]
  for (let at = 0; at < services.length; at += SERVICES_AT_ONCE) {
    await Promise.all(services.slice(at, at + SERVICES_AT_ONCE).map((lines) => importGroup(importing, lines)))
  }
}

function serviceOf(record: Line['record']): string {
  return formatServiceId(record.kind === 'revision' ? record.sruid : record.service)
}
