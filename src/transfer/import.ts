import { formatServiceId } from '../domain/sruid.ts'
import type { Store } from '../store/store.ts'
import { type Importing, importGroup, type Line } from './import-group.ts'
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

/** What an import needs from outside. */
export interface ImportDeps {
  readonly store: Store
  readonly now: () => number
  readonly newId: () => string
  /** Hears of a record that is refused. */
  readonly onRefused: (line: number, reason: string) => void
  /** Hears of what was done, after each batch. */
  readonly onProgress?: (counts: Readonly<Counts>) => void
}

/** How many records are imported together. On SQLite they are one transaction. */
const BATCH = 2_000

/**
 * Imports records, and goes on after those that are refused: not JSON, not valid, or of a tag that is taken by other
 * content. What is there already with the same content is left alone, so that an import may be run again.
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
  let batch: Line[] = []
  const flush = async () => {
    await importBatch(importing, batch)
    batch = []
    deps.onProgress?.(counts)
  }
  for await (const some of records) {
    for (const record of some) {
      const parsed = tryParse(importing, record)
      if (parsed?.kind === 'skipped') counts.skipped++
      else if (parsed) batch.push({ line: record.line, record: parsed })
      if (batch.length >= BATCH) await flush()
    }
  }
  await flush()
  return counts
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

// The records of one service go one after the other, those of several at once.
async function importBatch(importing: Importing, batch: readonly Line[]): Promise<void> {
  const services = Map.groupBy(batch, ({ record }) =>
    formatServiceId(record.kind === 'revision' ? record.sruid : record.service),
  )
  await Promise.all([...services.values()].map((lines) => importGroup(importing, lines)))
}
