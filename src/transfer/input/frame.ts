import { damagedInput } from './damaged-input.ts'
import type { RecordText } from './split-records.ts'

// The first line and the last line of an export show that nothing between them is missing. An export that was cut off at
// the end of a line would look like a whole one without them.

/** The two kinds of export. */
export type Content = 'state' | 'history'

/** The most characters of the first and the last line. Other lines are not parsed twice. */
const MAX_LENGTH = 200

interface Mark {
  readonly kind: 'export' | 'end'
  readonly records: unknown
}

/** Yields the lines of an export, with its first and its last line. */
export async function* withFrame(
  content: Content,
  batches: AsyncIterable<readonly string[]>,
): AsyncGenerator<readonly string[]> {
  let records = 0
  yield [JSON.stringify({ kind: 'export', content })]
  for await (const lines of batches) {
    records += lines.length
    yield lines
  }
  yield [JSON.stringify({ kind: 'end', records })]
}

/**
 * Yields the records of an input without the first and the last line of an export. Other records have their indexes as
 * if these lines were not there. Rejects if an export has its first line and not its last one, or another number of
 * records. An input without both lines has been written by hand, and is not checked.
 */
export async function* withoutFrame(
  batches: AsyncIterable<readonly RecordText[]>,
): AsyncGenerator<readonly RecordText[]> {
  const check = new FrameCheck()
  for await (const batch of batches) yield batch.flatMap((record) => check.next(record) ?? [])
  check.end()
}

class FrameCheck {
  /** The number of records since the first line of an export. Undefined: none has begun. */
  #records: number | undefined
  #marks = 0
  #line = 0

  next(record: RecordText): RecordText | undefined {
    this.#line = record.line
    const mark = markOf(record.text)
    if (mark === undefined) {
      if (this.#records !== undefined) this.#records++
      return { ...record, index: record.index - this.#marks }
    }
    this.#marks++
    if (mark.kind === 'export') this.#begin()
    else this.#finish(mark)
    return undefined
  }

  end(): void {
    if (this.#records !== undefined) throw this.#cut('is cut off')
  }

  #begin(): void {
    if (this.#records !== undefined) throw this.#cut('has the first line of another export')
    this.#records = 0
  }

  #finish({ records }: Mark): void {
    const found = this.#records
    if (found === undefined)
      throw damagedInput(`has the last line of an export in line ${this.#line}, and not its first line`, REMEDY)
    if (records !== found) {
      throw damagedInput(`has ${found} records before line ${this.#line}, which says that there are ${records}`, REMEDY)
    }
    this.#records = undefined
  }

  #cut(problem: string) {
    return damagedInput(
      `${problem} after line ${this.#line} and ${this.#records} records, before the last line of the export`,
      REMEDY,
    )
  }
}

const REMEDY =
  'make the export again, or, if you have changed the file on purpose, remove its lines of the kinds "export" and "end"'

function markOf(text: string | undefined): Mark | undefined {
  if (text === undefined || text.length > MAX_LENGTH || !/"(?:export|end)"/.test(text)) return undefined
  try {
    const value = JSON.parse(text)
    return value?.kind === 'export' || value?.kind === 'end' ? value : undefined
  } catch {
    return undefined
  }
}
