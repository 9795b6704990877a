/** How long a worker may keep the tokens of a lease, in milliseconds. The rest is lost. */
export const LEASE_MS = 1_000

/** The tokens that a worker holds for one caller. */
export class Lease {
  readonly #most: number
  #tokens = 0
  #size = 0
  #until = 0
  #emptyUntil = 0

  /** @param most The most tokens of one lease, 1 or more. */
  constructor(most: number) {
    this.#most = most
  }

  /** Takes a token. Returns false if no token is left. */
  take(now: number): boolean {
    if (this.#tokens === 0 || now >= this.#until) return false
    this.#tokens--
    return true
  }

  /** The time until the primary process has tokens again, in milliseconds. 0: it may have some now. */
  waitMs(now: number): number {
    return Math.max(0, this.#emptyUntil - now)
  }

  /**
   * The tokens to ask for if this many calls wait. A caller that was quick to use its last lease gets a larger one, so a
   * busy caller waits for few messages, and few tokens of a quiet one are lost.
   */
  wanted(waiting: number, now: number): number {
    const isBusy = now < this.#until
    const used = this.#size - this.#tokens
    return Math.max(waiting, Math.min(this.#most, isBusy ? 2 * this.#size : used))
  }

  /** Adds the tokens of an answer, which tells when there will be more if there were fewer than `wanted`. */
  add({ granted, wanted, waitMs }: { granted: number; wanted: number; waitMs: number }, now: number): void {
    if (granted > 0) {
      this.#size = granted
      this.#tokens = granted
      this.#until = now + LEASE_MS
    }
    if (granted < wanted) this.#emptyUntil = now + waitMs
  }
}
