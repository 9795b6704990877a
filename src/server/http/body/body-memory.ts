/** A body that is not complete. */
export interface UnfinishedBody {
  /** The bytes of it in memory. */
  size: number
  /** Ends its reading with an error. */
  readonly giveUp: () => void
}

/**
 * Bounds the memory of all bodies that have not arrived completely. If they need more, the largest one is given up, so
 * that many clients with large bodies that never end cannot stop those with small ones.
 */
export class BodyMemory {
  readonly #bodies = new Set<UnfinishedBody>()
  #size = 0

  /** A part of a body has arrived. `most` is the bound for all bodies, in bytes. */
  hold(body: UnfinishedBody, bytes: number, most: number): void {
    this.#bodies.add(body)
    body.size += bytes
    this.#size += bytes
    if (this.#size <= most) return
    const largest = [...this.#bodies].reduce((a, b) => (b.size > a.size ? b : a))
    this.release(largest)
    largest.giveUp()
  }

  /** A body is complete, or no longer read. */
  release(body: UnfinishedBody): void {
    if (this.#bodies.delete(body)) this.#size -= body.size
  }
}
