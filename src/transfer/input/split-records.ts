import { damagedInput } from './damaged-input.ts'

/** The place of a record in an input. */
export interface Place {
  /** 1 for the first record. */
  readonly index: number
  /** The line where the record begins, from 1. */
  readonly line: number
}

/** The text of one record of an input. */
export interface RecordText extends Place {
  /** The character of the line where the record begins, from 1. */
  readonly column: number
  /** Whether it is an element of an array, and not a line. */
  readonly isElement: boolean
  /** Undefined: the record is longer than `MAX_RECORD_BYTES`. */
  readonly text: string | undefined
}

/** The most bytes that the text of a record may have. */
export const MAX_RECORD_BYTES = 1024 * 1024

const [NEWLINE, SPACE, TAB, RETURN, QUOTE, BACKSLASH, COMMA] = Buffer.from('\n \t\r"\\,')
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('[]{}')

/**
 * Splits an input into its records while its bytes arrive, which must be UTF-8. The records are the lines of
 * newline-delimited JSON, or the elements of one JSON array, whose text may be a single line. The input is an array if its
 * first character except white space is `[`. Rejects if the input is empty, if the array has no end, if it has a comma
 * without a record, or if something follows it.
 */
export async function* splitRecords(input: AsyncIterable<Buffer>): AsyncGenerator<readonly RecordText[]> {
  const splitter = new RecordSplitter()
  for await (const chunk of input) yield splitter.push(chunk)
  yield splitter.end()
}

/** The parts of an input between its records. `lines`: the input is no array. */
type Between = 'start' | 'lines' | 'after [' | 'after a comma' | 'after ]'

class RecordSplitter {
  #between: Between = 'start'
  #line = 1
  #column = 0
  #index = 0
  /** The bytes of the current record from earlier chunks. */
  #held: Buffer[] = []
  #heldBytes = 0
  /** The place where the current record began. Undefined: no record has begun. */
  #begun: Omit<RecordText, 'text'> | undefined
  #depth = 0
  #isInString = false
  #isEscaped = false

  push(chunk: Buffer): RecordText[] {
    const records: RecordText[] = []
    let start = this.#begun === undefined ? -1 : 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      // The other bytes of a character in UTF-8 are not counted.
      if ((byte & 0xc0) !== 0x80) this.#column++
      if (this.#begun === undefined) {
        if (this.#begins(byte)) {
          this.#begun = { ...this.#place(), isElement: this.#between !== 'lines' }
          start = at
        }
      } else if (this.#ends(byte)) {
        records.push(this.#take(chunk.subarray(start, at)))
        start = -1
      }
      if (this.#begun !== undefined) this.#track(byte)
      if (byte === NEWLINE) {
        this.#line++
        this.#column = 0
      }
    }
    if (start >= 0) this.#hold(chunk.subarray(start))
    return records
  }

  /** The last line, if it has no line end. */
  end(): RecordText[] {
    const begun = this.#begun
    if (this.#between === 'start') throw damagedInput('is empty')
    if (this.#between === 'lines') return begun === undefined ? [] : [this.#take(Buffer.alloc(0))]
    if (begun !== undefined) {
      const where = `record ${begun.index}, which begins in line ${begun.line}, column ${begun.column}`
      throw damagedInput(`is cut off in line ${this.#line}, column ${this.#column}, in ${where}`)
    }
    if (this.#between !== 'after ]') throw this.#damaged('is cut off', 'and its list has no end')
    return []
  }

  #place() {
    this.#index++
    return { index: this.#index, line: this.#line, column: this.#column }
  }

  #begins(byte: number): boolean {
    if (byte === SPACE || byte === TAB || byte === RETURN || byte === NEWLINE) return false
    if (this.#between === 'lines') return true
    if (this.#between === 'start') {
      this.#between = byte === OPEN_LIST ? 'after [' : 'lines'
      return this.#between === 'lines'
    }
    if (this.#between === 'after ]') throw this.#damaged('goes on', 'after the end of its list')
    if (byte === COMMA) throw this.#damaged('has a comma', 'and no record before it')
    if (byte !== CLOSE_LIST) return true
    if (this.#between === 'after a comma') throw this.#damaged('has the end of its list', 'and no record before it')
    this.#between = 'after ]'
    return false
  }

  #damaged(problem: string, more: string) {
    return damagedInput(
      `${problem} in line ${this.#line}, column ${this.#column}, after record ${this.#index}, ${more}`,
    )
  }

  #ends(byte: number): boolean {
    if (this.#between === 'lines') return byte === NEWLINE
    if (this.#depth !== 0 || this.#isInString || (byte !== COMMA && byte !== CLOSE_LIST)) return false
    this.#between = byte === COMMA ? 'after a comma' : 'after ]'
    return true
  }

  // In UTF-8, none of these bytes is part of another character.
  #track(byte: number): void {
    if (this.#between === 'lines') return
    if (this.#isEscaped) this.#isEscaped = false
    else if (this.#isInString) {
      if (byte === BACKSLASH) this.#isEscaped = true
      else if (byte === QUOTE) this.#isInString = false
    } else if (byte === QUOTE) this.#isInString = true
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#depth--
  }

  // The bytes of a record that is too long are not kept.
  #hold(part: Buffer): void {
    this.#heldBytes += part.length
    if (this.#heldBytes <= MAX_RECORD_BYTES) this.#held.push(Buffer.from(part))
  }

  #take(rest: Buffer): RecordText {
    const isTooLong = this.#heldBytes + rest.length > MAX_RECORD_BYTES
    const bytes = this.#held.length === 0 ? rest : Buffer.concat([...this.#held, rest])
    const begun = this.#begun as Omit<RecordText, 'text'>
    this.#held = []
    this.#heldBytes = 0
    this.#begun = undefined
    return { ...begun, text: isTooLong ? undefined : bytes.toString() }
  }
}
