import { MongoServerError } from 'mongodb'
import { COMMAND_TIMEOUT_MS, type MongoConnection, WRITE_TIMEOUT_MS } from './connection.ts'
import type { EntryDocument } from './documents.ts'
import { DUPLICATE_KEY, FAILED_VALIDATION } from './errors.ts'

const MOST_DOCUMENTS = 100

// MongoDB takes messages of up to 48 MB. A character takes up to 3 bytes.
const MOST_CHARACTERS = 4_194_304

/** Writes are acknowledged by the journals of a majority. */
export const WRITE_CONCERN = { w: 'majority', j: true, wtimeout: COMMAND_TIMEOUT_MS } as const

/** The outcome of an insert of documents of one service. */
export interface Inserted {
  /** The number of documents that a majority has. None after them was stored. */
  readonly count: number
  /** The code with which the next document was refused: a duplicate key or a failed validation. Undefined: none was. */
  readonly refusal: number | undefined
}

interface WriteError {
  readonly index: number
  readonly code: number
  readonly errmsg: string
}

interface Waiting {
  readonly document: EntryDocument
  readonly settle: (inserted: Inserted) => void
  readonly fail: (error: unknown) => void
}

/**
 * Inserts documents, each try with one command. The driver's own methods would do the same, but they take much more time
 * for it, and do not tell easily how far they came.
 */
export class DocumentInserter {
  readonly #connection: MongoConnection
  #waiting: Waiting[] = []

  constructor(connection: MongoConnection) {
    this.#connection = connection
  }

  /** Inserts documents in their order, and stops at the first that is refused. Rejects if the outcome is unknown. */
  async insert(documents: readonly EntryDocument[]): Promise<Inserted> {
    const [first] = documents
    if (documents.length === 1 && first !== undefined) return this.#insertWithOthers(first)
    const [refused] = await this.#send(documents, { ordered: true })
    return { count: refused?.index ?? documents.length, refusal: refused && refusalOf(refused) }
  }

  // Single documents that are inserted in one turn of the event loop share a command. Each has its own outcome.
  #insertWithOthers(document: EntryDocument): Promise<Inserted> {
    const { promise, resolve: settle, reject: fail } = Promise.withResolvers<Inserted>()
    if (this.#waiting.push({ document, settle, fail }) === 1) setImmediate(() => this.#sendWaiting())
    return promise
  }

  #sendWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    const groups = inBatches(waiting, ({ document }) => document)
    for (const group of groups) void this.#sendGroup(group)
  }

  async #sendGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const documents = group.map(({ document }) => document)
      const errors = await this.#send(documents, { ordered: false })
      const byIndex = new Map(errors.map((error) => [error.index, error]))
      for (const [index, { settle, fail }] of group.entries()) settleOne(byIndex.get(index), settle, fail)
    } catch (error) {
      for (const { fail } of group) fail(error)
    }
  }

  async #send(documents: readonly EntryDocument[], { ordered }: { ordered: boolean }): Promise<readonly WriteError[]> {
    const { db, entries } = this.#connection
    const limits = { writeConcern: WRITE_CONCERN, maxTimeMS: WRITE_TIMEOUT_MS }
    const command = { insert: entries.collectionName, documents, ordered, ...limits }
    const { writeErrors = [] } = await db.command(command)
    return writeErrors
  }
}

/** Splits items so that the documents of each batch fit into one command. */
export function inBatches<T>(items: readonly T[], toDocument: (item: T) => EntryDocument): T[][] {
  const batches: T[][] = []
  let characters = 0
  for (const item of items) {
    const size = charactersOf(toDocument(item))
    const last = batches.at(-1)
    if (last === undefined || last.length === MOST_DOCUMENTS || characters + size > MOST_CHARACTERS) {
      batches.push([item])
      characters = size
    } else {
      last.push(item)
      characters += size
    }
  }
  return batches
}

// Nearly all of a document of form 3 is its body.
function charactersOf(document: EntryDocument): number {
  return 'body' in document ? document.body.length : JSON.stringify(document).length
}

function settleOne(error: WriteError | undefined, settle: Waiting['settle'], fail: Waiting['fail']): void {
  try {
    settle(error === undefined ? { count: 1, refusal: undefined } : { count: 0, refusal: refusalOf(error) })
  } catch (unexpected) {
    fail(unexpected)
  }
}

// Any other error is not about this document alone.
function refusalOf({ code, errmsg }: WriteError): number {
  if (code === DUPLICATE_KEY || code === FAILED_VALIDATION) return code
  throw new MongoServerError({ message: errmsg, code })
}
