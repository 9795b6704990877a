/** Runs a read inside the one transaction that all reads of a turn share. */
type ReadInTransaction = (runAll: () => void) => void

/**
 * Puts all reads that arrive within one turn of the event loop into one transaction, so that they share its locks. The
 * transaction begins after the last of them arrived, so each still sees whatever was written before it was asked for.
 */
export class GroupRead {
  readonly #readInTransaction: ReadInTransaction
  #waiting: { readonly run: () => void; readonly reject: (reason: unknown) => void }[] = []

  constructor(readInTransaction: ReadInTransaction) {
    this.#readInTransaction = readInTransaction
  }

  read<T>(query: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush())
      this.#waiting.push({ run: () => settle(query, resolve, reject), reject })
    })
  }

  #flush(): void {
    const batch = this.#waiting
    this.#waiting = []
    try {
      this.#readInTransaction(() => {
        for (const { run } of batch) run()
      })
    } catch (error) {
      // The transaction itself failed. For those that were read before that, this does nothing.
      for (const { reject } of batch) reject(error)
    }
  }
}

// A query that fails, on a damaged row for one, fails alone.
function settle<T>(query: () => T, resolve: (result: T) => void, reject: (reason: unknown) => void): void {
  try {
    resolve(query())
  } catch (error) {
    reject(error)
  }
}
