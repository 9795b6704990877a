import { quote } from '../../domain/errors.ts'
import { formatServiceId } from '../../domain/sruid.ts'
import { MAX_RECORD_BYTES, type RecordText } from '../input/split-records.ts'
import { type EntryLine, parseEntryLine } from './entry-line.ts'
import { HistoryReplay } from './history-replay.ts'
import type { HistorySpool } from './history-spool.ts'
import { isImportRefused } from './import-refused.ts'

/** Checks the lines of a history, and spools those that are right. */
export class HistoryCheck {
  readonly #spool: HistorySpool
  readonly #replay: HistoryReplay
  readonly #refusedServices = new Set<string>()

  constructor(spool: HistorySpool) {
    this.#spool = spool
    this.#replay = new HistoryReplay(spool)
  }

  /** Adds a line. Returns the reason if it is refused. Throws `IMPORT_REFUSED` if that ends the import. */
  add({ line, column, text }: RecordText): string | undefined {
    if (text === undefined) return `the record is too long; use at most ${MAX_RECORD_BYTES} bytes.`
    try {
      const parsed = parseEntryLine(text, { line, column })
      if (!this.#isAdded(parsed) || this.#spool.addLine(line, text, parsed.said.id)) return undefined
      return `id ${quote(parsed.said.id)} belongs to another entry, too; export the history again.`
    } catch (error) {
      if (isImportRefused(error)) throw error
      return error instanceof Error ? error.message : String(error)
    }
  }

  // Returns false without a check after a refused entry of the service, because later ones build on it.
  #isAdded(parsed: EntryLine): boolean {
    const service = formatServiceId(parsed.said.service)
    if (this.#refusedServices.has(service)) return false
    try {
      this.#replay.next(parsed)
      return true
    } catch (error) {
      this.#refusedServices.add(service)
      throw error
    }
  }
}
