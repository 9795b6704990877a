import type { RegistryError } from '../domain/errors.ts'
import { requireSchemes } from '../domain/revision-info.ts'
import { formatServiceId } from '../domain/sruid.ts'
import { usualSchemes } from '../domain/uri.ts'
import type { Store } from '../store/store.ts'
import { importRefused } from './history/import-refused.ts'
import type { Importing, Line } from './importing.ts'
import { MAX_RECORD_BYTES, type Place, type RecordText } from './input/split-records.ts'
import { LineSorter, pageLimits, type SortedService } from './line-sorter.ts'
import { type Counts, countOutcome, countSkipped, newOutcome, noCounts, type Outcome } from './outcome.ts'
import { identify } from './record/identify.ts'
import { type ImportRecord, parseRecord } from './record/records.ts'
import { importService } from './state/import-service.ts'

/** A record that was refused. */
export interface Refused extends Place {
  /** The names of the record, as far as they can be read, such as `pk 3, namespace "my-org"`. */
  readonly names: string
  readonly reason: string
  /** Undefined: it is longer than `MAX_RECORD_BYTES`. */
  readonly text: string | undefined
  /** Whether it is an element of an array, and not a line. */
  readonly isElement: boolean
}

/** The events of an import. */
export interface ImportEvents {
  readonly onRefused: (refused: Refused) => void
  /** Whether the caller keeps the refused records, so that they can be corrected and imported. Not possible for a history. */
  readonly keepsRefused?: boolean | undefined
  /** A part of an existing revision or service was changed, or kept because somebody has changed it here. */
  readonly onChanged?: ((place: Place, text: string) => void) | undefined
  readonly onKept?: ((place: Place, text: string) => void) | undefined
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

/** The most services to import together. On MongoDB, they use separate connections. */
const SERVICES_AT_ONCE = 100

/**
 * Reads all records, and then brings each service to the state in its records, except for the parts that somebody has
 * changed on this registry. It refuses a record that is not JSON, is not valid, or has a tag that is registered with other
 * content, and continues with the next one. Records whose content is already stored change nothing. An import may
 * therefore be run again. Throws `IMPORT_REFUSED` if one of them is an entry of a history.
 */
export async function importRecords(deps: ImportDeps, records: AsyncIterable<readonly RecordText[]>): Promise<Counts> {
  const counts = noCounts()
  const sorter = new LineSorter()
  let [imported, isElement] = [0, false]
  const importing: Importing = {
    ...deps,
    tell: (place, outcome) => {
      countOutcome(counts, outcome)
      if (outcome.problems.length > 0) {
        const text = 'text' in place ? place.text : sorter.textAt(place.index)
        deps.onRefused(toRefused({ ...place, isElement, text }, outcome.problems.join(' ')))
      }
      for (const [, text] of outcome.changed) deps.onChanged?.(place, text)
      for (const [, text] of outcome.kept) deps.onKept?.(place, text)
    },
    onImported: (lines) => {
      imported += lines
      deps.onImported?.(imported, sorter.count)
    },
  }
  try {
    const reading = {
      ...{ sorter, counts, onRead: deps.onRead },
      onFirst: (first: RecordText) => {
        isElement = first.isElement
      },
    }
    await readAll(importing, records, reading)
    deps.onAllRead?.()
    for (const batch of inBatches(sorter.services())) {
      await importBatch(importing, sorter, batch)
    }
  } finally {
    sorter.close()
  }
  return counts
}

// The results are told in the order of the services, whichever is done first. So a try tells the same as the import.
async function importBatch(importing: Importing, sorter: LineSorter, batch: readonly string[]): Promise<void> {
  const [first] = batch
  if (first !== undefined && batch.length === 1) return importService(importing, sorter, first)
  const told = batch.map((): Parameters<Importing['tell']>[] => [])
  const importOne = (service: string, index: number) =>
    importService({ ...importing, tell: (...result) => told[index]?.push(result) }, sorter, service)
  try {
    await Promise.all(batch.map(importOne))
  } finally {
    for (const result of told.flat()) importing.tell(...result)
  }
}

interface Reading {
  readonly sorter: LineSorter
  readonly counts: Counts
  readonly onRead: ImportDeps['onRead']
  readonly onFirst: (record: RecordText) => void
}

async function readAll(
  importing: Importing,
  records: AsyncIterable<readonly RecordText[]>,
  { sorter, counts, onRead, onFirst }: Reading,
): Promise<void> {
  let read = 0
  for await (const some of records) {
    if (read === 0 && some[0] !== undefined) onFirst(some[0])
    for (const text of some) {
      const record = tryParse(importing, text)
      if (record?.kind === 'entry') throw mixed(text)
      if (record?.kind === 'skipped') countSkipped(counts, record.model)
      if (record?.kind === 'revision' || record?.kind === 'service') sorter.add(serviceOf(record), text, record)
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

function tryParse({ tell, endpointSchemes = usualSchemes }: Importing, record: RecordText): ImportRecord | undefined {
  try {
    if (record.text !== undefined) return requireSchemesOf(parseRecord(record.text, record), endpointSchemes)
    tell(record, refusal(`the record is too long; use at most ${MAX_RECORD_BYTES} bytes.`))
  } catch (error) {
    tell(record, refusal(error instanceof Error ? error.message : String(error)))
  }
  return undefined
}

function requireSchemesOf(record: ImportRecord, schemes: ReadonlySet<string>): ImportRecord {
  if (record.kind !== 'revision') return record
  for (const info of [record.info, record.registeredInfo ?? record.info]) requireSchemes(info.endpoints, schemes)
  return record
}

/** Makes the event for a refused record. */
export function toRefused({ index, line, isElement, text }: Omit<RecordText, 'column'>, reason: string): Refused {
  return { index, line, names: identify(text ?? ''), reason, text, isElement }
}

function refusal(problem: string): Outcome {
  return { ...newOutcome(), problems: [problem] }
}

// Services with few records are imported at the same time.
function* inBatches(services: Iterable<SortedService>): Generator<readonly string[]> {
  let [batch, lines, bytes]: [string[], number, number] = [[], 0, 0]
  for (const each of services) {
    const isFull = lines + each.lines > pageLimits.lines || bytes + each.bytes > pageLimits.bytes
    if (batch.length > 0 && (isFull || batch.length === SERVICES_AT_ONCE)) {
      yield batch
      ;[batch, lines, bytes] = [[], 0, 0]
    }
    batch.push(each.service)
    lines += each.lines
    bytes += each.bytes
  }
  if (batch.length > 0) yield batch
}

function serviceOf(record: Line['record']): string {
  return formatServiceId(record.kind === 'revision' ? record.sruid : record.service)
}
