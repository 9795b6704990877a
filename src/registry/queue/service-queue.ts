import { RegistryError } from '../../domain/errors.ts'
import { retryLimits, tooManyConflicts } from '../core/optimistic-retry.ts'
import type { Pace, Taken } from './pace.ts'
import { type Place, type QueueItem, WaitingLine } from './waiting-line.ts'

const MAX_BATCH = 100
const MAX_FAILURES = 2

/** The outcome of a batch. Items that are not named are settled. */
export interface BatchResult<Item> {
  /** They keep their places, and are tried again. */
  readonly again: readonly Item[]
  /** They keep their places, but cannot be taken until the promise settles. Others may go first. */
  readonly late: readonly { readonly item: Item; readonly until: Promise<unknown> }[]
  /** Null: there was nothing to append, or nobody knows what was appended. */
  readonly taken: Taken | null
  /** The error of the storage. Undefined: it did not fail. */
  readonly failure: unknown
}

/** Writes a batch. It settles every item that the result does not name. */
export type WriteBatch<Item> = (items: readonly Item[]) => Promise<BatchResult<Item>>

/** The options of a queue. */
export interface ServiceQueueOptions<Item> {
  /** The name of the service, for errors. */
  readonly subject: string
  readonly write: WriteBatch<Item>
  /** Is called whenever nothing waits and no batch is under way. */
  readonly onEmpty: () => void
  readonly pace: Pace
}

/**
 * Lets items take their turns, first come, first served. Items that wait together, up to 100, are written together. An
 * item is rejected with `TOO_MANY_CONFLICTS` if it was tried 256 times, or for 30 seconds.
 */
export class ServiceQueue<Item extends QueueItem> {
  readonly #options: ServiceQueueOptions<Item>
  readonly #line: WaitingLine<Item>
  #isRunning = false

  constructor(options: ServiceQueueOptions<Item>) {
    this.#options = options
    this.#line = new WaitingLine(options.subject, () => this.#endIfEmpty())
  }

  /** Adds an item. Throws `TOO_MANY_CHANGES` if 1,000 items wait, or the reason of the item's signal. */
  add(item: Item): void {
    this.#line.add(item)
    this.#start()
  }

  // All items of one turn share the first batch.
  #start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    queueMicrotask(() => void this.#run())
  }

  async #run(): Promise<void> {
    for (let batch = this.#line.take(MAX_BATCH); batch.length > 0; batch = this.#line.take(MAX_BATCH)) {
      const pauseMs = await this.#runBatch(batch)
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    this.#isRunning = false
    this.#endIfEmpty()
  }

  async #runBatch(batch: readonly Place<Item>[]): Promise<number> {
    const start = performance.now()
    const result = await this.#write(batch)
    this.#putBack(batch, result)
    if (isOutage(result.failure)) this.#endure(result.failure)
    return result.taken === null ? 0 : this.#options.pace.pauseAfter(result.taken, performance.now() - start)
  }

  async #write(batch: readonly Place<Item>[]): Promise<BatchResult<Item>> {
    try {
      return await this.#options.write(batch.map(({ item }) => item))
    } catch (error) {
      for (const { item } of batch) item.reject(error)
      return { again: [], late: [], taken: null, failure: undefined }
    }
  }

  #putBack(batch: readonly Place<Item>[], { again, late }: BatchResult<Item>): void {
    if (again.length === 0 && late.length === 0) return
    const untils = new Map(late.map(({ item, until }) => [item, until]))
    const back = batch.filter(({ item }) => untils.has(item) || again.includes(item))
    const staying = back.filter((place) => this.#mayStay(place))
    for (const place of staying) this.#wakeAfter(untils.get(place.item), place)
    this.#line.putBack(staying)
  }

  #mayStay(place: Place<Item>): boolean {
    const { item, since } = place
    const isOver = ++place.attempts >= retryLimits.attempts || performance.now() - since > retryLimits.durationMs
    if (!item.signal.aborted && !isOver) return true
    item.reject(item.signal.aborted ? item.signal.reason : tooManyConflicts(this.#options.subject))
    return false
  }

  #wakeAfter(until: Promise<unknown> | undefined, place: Place<Item>): void {
    if (until === undefined) return
    place.isReady = false
    const wake = () => {
      place.isReady = true
      this.#start()
    }
    until.then(wake, wake)
  }

  // A store needs up to 5 seconds to fail. An item far behind would otherwise wait for the failures of many batches.
  #endure(outage: RegistryError): void {
    const waiting = this.#line.places()
    for (const place of waiting) place.failures++
    this.#line.reject(
      waiting.filter(({ failures }) => failures >= MAX_FAILURES),
      outage,
    )
  }

  #endIfEmpty(): void {
    if (this.#line.isEmpty && !this.#isRunning) this.#options.onEmpty()
  }
}

function isOutage(failure: unknown): failure is RegistryError {
  return failure instanceof RegistryError && failure.code === 'unavailable'
}
