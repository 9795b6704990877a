import type { Entry } from '../../../domain/log.ts'
import type { Form } from '../../forms/stored-entry.ts'
import { type RowValues, toValues } from '../row-writer.ts'
import { toColumns } from '../rows.ts'

/** The most entries, and about the most characters of their rows, that may wait. */
const [MAX_ENTRIES, MAX_CHARACTERS] = [4_096, 16 * 1024 ** 2]

/** An append that is not acknowledged. */
export class PendingAppend {
  readonly #entries: readonly Entry[]
  readonly #answer = Promise.withResolvers<number>()
  readonly characters: number
  /** The time of `monotonicMs` at which it came. */
  readonly since: number
  form: Form
  rows: readonly RowValues[]

  constructor(entries: readonly Entry[], form: Form, since: number) {
    this.#entries = entries
    this.since = since
    this.form = form
    this.rows = toRows(entries, form)
    this.characters = countCharacters(this.rows)
  }

  /** The number of entries that are stored. */
  get written(): Promise<number> {
    return this.#answer.promise
  }

  get entries(): number {
    return this.#entries.length
  }

  encode(form: Form): void {
    this.form = form
    this.rows = toRows(this.#entries, form)
  }

  resolve(written: number): void {
    this.#answer.resolve(written)
  }

  /** Does nothing if the append was answered before. */
  reject(reason: Error): void {
    this.#answer.reject(reason)
  }
}

/** All appends that are not acknowledged, by their sequence numbers. */
export class PendingAppends {
  readonly #all = new Map<number, PendingAppend>()
  #entries = 0
  #characters = 0

  get size(): number {
    return this.#all.size
  }

  /** The number of entries of all appends. */
  get entries(): number {
    return this.#entries
  }

  get sequences(): readonly number[] {
    return [...this.#all.keys()]
  }

  /** Whether one more may wait. The first may have any size. */
  hasSpace({ entries, characters }: PendingAppend): boolean {
    if (this.size === 0) return true
    return this.#entries + entries <= MAX_ENTRIES && this.#characters + characters <= MAX_CHARACTERS
  }

  get(sequence: number): PendingAppend | undefined {
    return this.#all.get(sequence)
  }

  add(sequence: number, append: PendingAppend): void {
    this.#all.set(sequence, append)
    this.#entries += append.entries
    this.#characters += append.characters
  }

  /** Removes one. */
  take(sequence: number): PendingAppend | undefined {
    const append = this.#all.get(sequence)
    if (append === undefined) return undefined
    this.#all.delete(sequence)
    this.#entries -= append.entries
    this.#characters -= append.characters
    return append
  }

  /** Rejects those that came before a time. They still wait, because the writer has them. */
  rejectOlder(than: number, reason: Error): void {
    for (const append of this.#all.values()) {
      if (append.since >= than) return
      append.reject(reason)
    }
  }
}

function toRows(entries: readonly Entry[], form: Form): readonly RowValues[] {
  return entries.map((entry) => toValues(toColumns(entry, form)))
}

function countCharacters(rows: readonly RowValues[]): number {
  let count = 0
  for (const row of rows) for (const value of row) if (typeof value === 'string') count += value.length
  return count
}
