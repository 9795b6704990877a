import { RegistryError } from '../../domain/errors.ts'

/** The most items that wait in a line. */
const MAX_WAITING = 1_000

/** Something that waits in a line. */
export interface QueueItem {
  /** Whether it must be the first of its batch, because it reads the store and so cannot see what the others decided. */
  readonly readsStore: boolean
  /** Ends the waiting. The item is then rejected with the signal's reason, unless its batch is under way. */
  readonly signal: AbortSignal
  reject(reason: unknown): void
}

/** The place of an item, which it keeps while its batch is under way. */
export interface Place<Item> {
  readonly item: Item
  /** In milliseconds of `performance.now()`. */
  readonly since: number
  /** How often the item was put back. */
  attempts: number
  /** How often the storage failed while the item waited. */
  failures: number
  /** Whether the item can be taken. */
  isReady: boolean
}

interface Kept<Item> extends Place<Item> {
  /** Smaller ones were here first. */
  readonly ticket: number
  readonly onAbort: () => void
}

/** A line of items in the order in which they came. An item whose signal aborts leaves it. */
export class WaitingLine<Item extends QueueItem> {
  readonly #subject: string
  readonly #onLeave: () => void
  // In the order of their tickets.
  #places: Kept<Item>[] = []
  #lastTicket = 0

  /** `onLeave` is called after an item has left because its signal aborted. */
  constructor(subject: string, onLeave: () => void) {
    this.#subject = subject
    this.#onLeave = onLeave
  }

  get isEmpty(): boolean {
    return this.#places.length === 0
  }

  /** The places of the items that wait. */
  places(): readonly Place<Item>[] {
    return [...this.#places]
  }

  /** Adds an item at the end. Throws `TOO_MANY_CHANGES` if the line is full, or the reason of the item's signal. */
  add(item: Item): void {
    item.signal.throwIfAborted()
    if (this.#places.length >= MAX_WAITING) throw tooManyChanges(this.#subject)
    const place: Kept<Item> = {
      ...{ item, ticket: ++this.#lastTicket, onAbort: () => this.#leave(place) },
      ...{ since: performance.now(), attempts: 0, failures: 0, isReady: true },
    }
    this.#enter([place])
  }

  /** Takes the first items that are ready, as many as may share a batch. */
  take(most: number): readonly Place<Item>[] {
    const taken: Kept<Item>[] = []
    for (const place of this.#places) {
      if (!place.isReady) continue
      if (taken.length === most || (taken.length > 0 && place.item.readsStore)) break
      taken.push(place)
    }
    return this.#remove(taken)
  }

  /** Puts items that were taken back to their places. */
  putBack(places: readonly Place<Item>[]): void {
    this.#enter(places as readonly Kept<Item>[])
    this.#places.sort((a, b) => a.ticket - b.ticket)
  }

  /** Rejects items that wait. Does nothing for items that no longer wait. */
  reject(places: readonly Place<Item>[], reason: unknown): void {
    const rejected = this.#remove(this.#places.filter((place) => places.includes(place)))
    for (const { item } of rejected) item.reject(reason)
  }

  #enter(places: readonly Kept<Item>[]): void {
    for (const place of places) place.item.signal.addEventListener('abort', place.onAbort)
    this.#places.push(...places)
  }

  #remove(places: readonly Kept<Item>[]): readonly Kept<Item>[] {
    for (const { item, onAbort } of places) item.signal.removeEventListener('abort', onAbort)
    if (places.length === this.#places.length) this.#places = []
    else {
      const removed = new Set(places)
      this.#places = this.#places.filter((place) => !removed.has(place))
    }
    return places
  }

  #leave(place: Kept<Item>): void {
    this.reject([place], place.item.signal.reason)
    this.#onLeave()
  }
}

function tooManyChanges(subject: string): RegistryError {
  return new RegistryError({
    reason: 'TOO_MANY_CHANGES',
    message: `${subject} was not changed, because ${MAX_WAITING} changes of it wait already; try again later.`,
  })
}
