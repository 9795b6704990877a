import { InProgress } from '../../in-progress.ts'

/** A body that is not complete. */
export interface UnfinishedBody {
  /** The bytes of it in memory. */
  size: number
  /** Whether it is complete, or no longer read. */
  readonly isOver: boolean
  /** Ends its reading with an error. */
  readonly giveUp: () => void
}

/**
 * Bounds the memory of all bodies that have not arrived completely. If they need more, the largest one is given up, so
 * that many clients with large bodies that never end cannot stop those with small ones.
 */
export class BodyMemory<Body extends UnfinishedBody> {
  readonly #bodies = new InProgress<Body>(({ isOver }) => isOver)
  #size = 0

  /** The reading of a body begins. */
  add(body: Body): void {
    this.#bodies.add(body)
  }

  /** The bodies that are being read. */
  current(): readonly Body[] {
    return this.#bodies.current()
  }

  /** A part of a body has arrived. `most` is the bound for all bodies, in bytes. */
  hold(body: Body, bytes: number, most: number): void {
    body.size += bytes
    this.#size += bytes
    if (this.#size <= most) return
    const largest = this.current().reduce((a, b) => (b.size > a.size ? b : a))
    this.release(largest)
    largest.giveUp()
  }

  /** A body is complete, or no longer read. */
  release(body: Body): void {
    this.#size -= body.size
    body.size = 0
  }
}
