import { toStoreError } from './sqlite-errors.ts'

/** Runs all reads of a turn inside one transaction. */
type ReadInTransaction = (runAll: () => void) => void

interface Waiting {
  readonly query: () => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Puts all reads that arrive within one turn of the event loop into one transaction, because they share its locks then.
 * The transaction begins after the last of them has arrived, so each read sees everything that was written before its
 * call.
 */
export class GroupRead {
  readonly #readInTransaction: ReadInTransaction
  readonly #flush = () => this.#readAll()
  #waiting: Waiting[] = []

  constructor(readInTransaction: ReadInTransaction) {
    this.#readInTransaction = readInTransaction
  }

  /** Rejects with a store's error. */
  read<T>(query: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(this.#flush)
      this.#waiting.push({ query, resolve, reject } as Waiting)
    })
  }

  #readAll(): void {
    const batch = this.#waiting
    this.#waiting = []
    try {
      this.#readInTransaction(() => {
        for (const each of batch) settle(each)
      })
    } catch (error) {
      // The transaction itself failed. This does nothing for the reads that have settled before.
      for (const { reject } of batch) reject(toStoreError(error))
    }
  }
}

// If one query fails, for example on a damaged row, the others still succeed.
function settle({ query, resolve, reject }: Waiting): void {
  try {
    resolve(query())
  } catch (error) {
    reject(toStoreError(error))
  }
}
