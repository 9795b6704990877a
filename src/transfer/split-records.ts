/** The place of a record in an input. */
export interface Place {
  /** 1 for the first record. */
  readonly index: number
  /** The line where the record begins, from 1. */
  readonly line: number
}

/** The text of one record of an input. */
export interface RecordText extends Place {
  /** Undefined: the record is longer than `MAX_RECORD_BYTES`. */
  readonly text: string | undefined
}

/** The most bytes that the text of a record may have. */
export const MAX_RECORD_BYTES = 1024 * 1024

const [NEWLINE, SPACE, TAB, RETURN, QUOTE, BACKSLASH, COMMA] = Buffer.from('\n \t\r"\\,')
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('[]{}')

/**
 * Splits an input into its records while its bytes arrive. The records are the lines of newline-delimited JSON, or the
 * elements of one JSON array, whose text may be a single line. The input is an array if its first character except
 * white space is `[`.
 */
export async function* splitRecords(input: AsyncIterable<Buffer>): AsyncGenerator<readonly RecordText[]> {
  const splitter = new RecordSplitter()
  for await (const chunk of input) yield splitter.push(chunk)
  yield splitter.end()
}

class RecordSplitter {
  #isArray: boolean | undefined
  #line = 1
  #index = 0
  /** The bytes of the current record from earlier chunks. */
  #held: Buffer[] = []
  #heldBytes = 0
  /** The line where the current record began. Undefined: no record has begun. */
  #startLine: number | undefined
  #depth = 0
  #isInString = false
  #isEscaped = false

  push(chunk: Buffer): RecordText[] {
    const records: RecordText[] = []
    let start = this.#startLine === undefined ? -1 : 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (this.#startLine === undefined) {
        if (this.#begins(byte)) {
          this.#startLine = this.#line
          start = at
        }
      } else if (this.#ends(byte)) {
        records.push(this.#take(chunk.subarray(start, at)))
        start = -1
      }
      if (this.#startLine !== undefined) this.#track(byte)
      if (byte === NEWLINE) this.#line++
    }
    if (start >= 0) this.#hold(chunk.subarray(start))
    return records
  }

  /** The last record, if the input ended inside it: a last line without a line end, or a record that was cut off. */
  end(): RecordText[] {
    return this.#startLine === undefined ? [] : [this.#take(Buffer.alloc(0))]
  }

  #begins(byte: number): boolean {
    if (byte === SPACE || byte === TAB || byte === RETURN || byte === NEWLINE) return false
    if (this.#isArray === undefined) {
      this.#isArray = byte === OPEN_LIST
      return !this.#isArray
    }
    return !this.#isArray || (byte !== COMMA && byte !== CLOSE_LIST)
  }

  #ends(byte: number): boolean {
    if (!this.#isArray) return byte === NEWLINE
    return this.#depth === 0 && !this.#isInString && (byte === COMMA || byte === CLOSE_LIST)
  }

  // In UTF-8, none of these bytes is part of another character.
  #track(byte: number): void {
    if (!this.#isArray) return
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
    const line = this.#startLine ?? this.#line
    const isTooLong = this.#heldBytes + rest.length > MAX_RECORD_BYTES
    const bytes = this.#held.length === 0 ? rest : Buffer.concat([...this.#held, rest])
    this.#held = []
    this.#heldBytes = 0
    this.#startLine = undefined
    this.#index++
    return { index: this.#index, line, text: isTooLong ? undefined : bytes.toString() }
  }
}
