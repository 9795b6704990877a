import { quote } from '../../domain/errors.ts'
import { invalidRecord } from '../record/record-fields.ts'

const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** The place in an input where a text begins. Both count from 1. The column counts characters. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** Parses JSON. Throws `INVALID_REQUEST`, with the line and the column where the text stops being JSON. */
export function parseJson(text: string, begin: TextPlace): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const at = jsonErrorOffset(text)
    const { line, column } = placeAt(text, at, begin)
    const found = at < text.length ? `has ${quote(text.slice(at, at + 10))} in` : 'ends in'
    throw invalidRecord(
      'the record',
      `is not JSON: it ${found} line ${line}, column ${column}; correct it, or make the file again.`,
    )
  }
}

function placeAt(text: string, offset: number, { line, column }: TextPlace): TextPlace {
  const before = text.slice(0, offset)
  const lineEnd = before.lastIndexOf('\n')
  if (lineEnd === -1) return { line, column: column + [...before].length }
  return { line: line + before.split('\n').length - 1, column: [...before.slice(lineEnd)].length }
}

/** The offset of the first character of a text that cannot be part of JSON there. It is the length if more must follow. */
export function jsonErrorOffset(text: string): number {
  return new Scanner(text).scan()
}

/** The parts of JSON that may come next. */
type Expected = 'value' | 'value or ]' | 'key or }' | 'key' | ':' | ', or end' | 'nothing'

class Scanner {
  readonly #text: string
  /** The open brackets. A recursive scanner would overflow the stack on a text of many. */
  readonly #open: string[] = []
  #at = 0
  #next: Expected = 'value'

  constructor(text: string) {
    this.#text = text
  }

  scan(): number {
    for (;;) {
      while (/[ \t\r\n]/.test(this.#text.charAt(this.#at))) this.#at++
      const character = this.#text.charAt(this.#at)
      if (character === '' || this.#next === 'nothing' || !this.#take(character)) return this.#at
    }
  }

  // Returns false, at the place of the error, if the character cannot come here.
  #take(character: string): boolean {
    switch (this.#next) {
      case ':':
        return character === ':' && this.#skip('value')
      case ', or end':
        if (character === ',') return this.#skip(this.#open.at(-1) === '{' ? 'key' : 'value')
        return this.#close(character)
      case 'key':
      case 'key or }':
        if (character === '}' && this.#next === 'key or }') return this.#close(character)
        return character === '"' && this.#string(':')
      default:
        if (character === ']' && this.#next === 'value or ]') return this.#close(character)
        return this.#value(character)
    }
  }

  #value(character: string): boolean {
    if (character === '{' || character === '[') {
      this.#open.push(character)
      return this.#skip(character === '{' ? 'key or }' : 'value or ]')
    }
    if (character === '"') return this.#string(this.#afterValue())
    LITERAL.lastIndex = this.#at
    const length = LITERAL.exec(this.#text)?.[0].length ?? 0
    this.#at += length
    this.#next = this.#afterValue()
    return length > 0
  }

  #close(character: string): boolean {
    if (character !== (this.#open.at(-1) === '{' ? '}' : ']')) return false
    this.#open.pop()
    return this.#skip(this.#afterValue())
  }

  #string(next: Expected): boolean {
    for (this.#at++; this.#at < this.#text.length; ) {
      const character = this.#text.charAt(this.#at)
      if (character === '"') return this.#skip(next)
      if (character < ' ') return false
      ESCAPE.lastIndex = this.#at
      const length = character === '\\' ? (ESCAPE.exec(this.#text)?.[0].length ?? 0) : 1
      if (length === 0) return false
      this.#at += length
    }
    return false
  }

  #skip(next: Expected): boolean {
    this.#at++
    this.#next = next
    return true
  }

  #afterValue(): Expected {
    return this.#open.length === 0 ? 'nothing' : ', or end'
  }
}
