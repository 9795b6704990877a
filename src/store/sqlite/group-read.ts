/** Runs a read inside the one transaction that all reads of a turn share. */
export type ReadInTransaction = (runAll: () => void) => void

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
      this.#waiting.push({ run: () => resolve(query()), reject })
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
      // Those that were read before the failure have their answer; for them this does nothing.
      for (const { reject } of batch) reject(error)
    }
  }
}
