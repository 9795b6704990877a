import { RegistryError } from '../../domain/errors.ts'
import { formatServiceId } from '../../domain/sruid.ts'
import { Entry2 } from '../../store/forms/entry-2.ts'
import type { AuditedEntry } from '../../store/store.ts'
import { MAX_RECORD_BYTES, type RecordText } from '../input/split-records.ts'
import { isFields } from '../record/record-fields.ts'
import { type EntryLine, isEntryLine, parseEntryLine } from './entry-line.ts'
import { isImportRefused } from './import-refused.ts'

/** Tells about a line that cannot be read so far that its service and its generation are known. */
export type OnUnreadable = (line: number, problem: string) => void

/**
 * Yields the entries of a history for a verification, in batches. A line that cannot be read is damage. Rejects if the
 * first line is no entry.
 */
export async function* auditHistory(
  records: AsyncIterable<readonly RecordText[]>,
  onUnreadable: OnUnreadable,
): AsyncGenerator<readonly AuditedEntry[]> {
  let isBegun = false
  for await (const some of records) {
    const [first] = some
    if (!isBegun && first !== undefined) {
      requireEntry(first)
      isBegun = true
    }
    yield some.flatMap((record) => auditLine(record, onUnreadable) ?? [])
  }
}

function requireEntry({ line, text = '' }: RecordText): void {
  if (isEntryLine(text)) return
  const message = `line ${line} is no entry; use the output of \`waypost export --history\`.`
  throw new RegistryError({ reason: 'INVALID_REQUEST', message })
}

function auditLine({ line, column, text }: RecordText, onUnreadable: OnUnreadable): AuditedEntry | undefined {
  if (text === undefined) {
    onUnreadable(line, `it is longer than ${MAX_RECORD_BYTES} bytes.`)
    return undefined
  }
  try {
    return audited(parseEntryLine(text, { line, column }))
  } catch (error) {
    const place = placeOf(text)
    if (place !== undefined) {
      const damage = isImportRefused(error) ? 'newer-form' : 'damaged'
      return { ...place, entry: null, said: null, damage }
    }
    onUnreadable(line, error instanceof Error ? error.message : String(error))
    return undefined
  }
}

function audited(line: EntryLine): AuditedEntry {
  const { service, generation } = line.said
  const place = { service: formatServiceId(service), generation, damage: null }
  if (line.form === 3) return { ...place, entry: null, said: line.said }
  return { ...place, entry: new Entry2(line.said, line.body).entry(), said: null }
}

function placeOf(text: string): Pick<AuditedEntry, 'service' | 'generation'> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isFields(value)) return undefined
    const { service, generation } = value
    const isPlace = typeof service === 'string' && typeof generation === 'number'
    return isPlace ? { service, generation } : undefined
  } catch {
    return undefined
  }
}
