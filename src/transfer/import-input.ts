import { isEntryLine } from './history/entry-line.ts'
import { type HistoryDeps, importHistory } from './history/import-history.ts'
import { importRefused } from './history/import-refused.ts'
import { type ImportDeps, importRecords } from './import.ts'
import { readRecords } from './input/read-records.ts'
import type { RecordText } from './input/split-records.ts'
import type { Counts } from './outcome.ts'

const WHOLE_HISTORY = 'the input is a history, which is imported as a whole or not at all; leave out --rejects.'

/**
 * Imports an input: the entries of a history if its first record is an entry, or else records. Rejects as
 * `readRecords`, `importHistory` or `importRecords`.
 */
export async function importInput(deps: ImportDeps & HistoryDeps, input: AsyncIterable<Buffer>): Promise<Counts> {
  const records = readRecords(input)
  const begun = await readFirst(records)
  async function* all() {
    yield begun
    yield* records
  }
  try {
    if (!isEntryLine(begun[0]?.text ?? '')) return await importRecords(deps, all())
    if (deps.keepsRefused) throw importRefused(WHOLE_HISTORY)
    return await importHistory(deps, all())
  } finally {
    // The import may have been refused before it read the rest.
    await records.return(undefined)
  }
}

// The records up to the first that is there. Empty at the end of the input.
async function readFirst(records: AsyncGenerator<readonly RecordText[]>): Promise<readonly RecordText[]> {
  for (;;) {
    const { done, value } = await records.next()
    if (done) return []
    if (value.length > 0) return value
  }
}
