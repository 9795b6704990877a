/** Runs all reads of a turn inside one transaction. */
type ReadInTransaction = (runAll: () => void) => void

/**
 * Puts all reads that arrive within one turn of the event loop into one transaction, because they share its locks then.
 * The transaction begins after the last of them has arrived, so each read sees everything that was written before its
 * call.
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
      // The transaction itself failed. This does nothing for the reads that have settled before.
      for (const { reject } of batch) reject(error)
    }
  }
}

// If one query fails, for example on a damaged row, the others still succeed.
function settle<T>(query: () => T, resolve: (result: T) => void, reject: (reason: unknown) => void): void {
  try {
    resolve(query())
  } catch (error) {
    reject(error)
  }
}
