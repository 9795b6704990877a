/** Writes a batch in one transaction, in order. If it throws, nothing of the batch is stored. */
type WriteBatch<Item, Result> = (batch: readonly Item[]) => Result[]

/** Whether the batch may be tried again after this error, because another process has held the write lock. */
type IsBusy = (error: unknown) => boolean

interface GroupCommitOptions<Item, Result> {
  readonly writeBatch: WriteBatch<Item, Result>
  readonly isBusy: IsBusy
  /** The longest time that an item may wait for the lock before its batch fails, in milliseconds. */
  readonly patienceMs: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly since: number
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}

const RETRY_DELAY_MS = 10

/**
 * Puts all items that arrive within one turn of the event loop into one transaction, because they share one sync of the
 * disk then. The promise of an item settles only after its transaction.
 */
export class GroupCommit<Item, Result> {
  readonly #options: GroupCommitOptions<Item, Result>
  #waiting: Waiting<Item, Result>[] = []
  #flushing: Promise<void> | undefined

  constructor(options: GroupCommitOptions<Item, Result>) {
    this.#options = options
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, since: performance.now(), resolve, reject })
      this.#flushing ??= this.#flushAll()
    })
  }

  /** Resolves once no item waits. */
  async settled(): Promise<void> {
    await this.#flushing
  }

  async #flushAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await turnOfEventLoop()
      const batch = this.#waiting
      this.#waiting = []
      await this.#flush(batch)
    }
    this.#flushing = undefined
  }

  async #flush(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#writePatiently(batch)
      for (const [index, result] of results.entries()) batch[index]?.resolve(result)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  // SQLite's own busy timeout blocks the thread, and all other requests with it. So it is short, and the batch waits
  // here, between turns of the event loop.
  async #writePatiently(batch: readonly Waiting<Item, Result>[]): Promise<Result[]> {
    const { writeBatch, isBusy, patienceMs } = this.#options
    const items = batch.map(({ item }) => item)
    const deadline = (batch[0]?.since ?? 0) + patienceMs
    for (;;) {
      try {
        return writeBatch(items)
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS))
      }
    }
  }
}

function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
