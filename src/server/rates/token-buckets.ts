import type { Rates } from '../call/rate-limit.ts'

/** The most callers whose calls are counted at the same time. The one that was quiet for the longest is forgotten first. */
export const MOST_CALLERS = 65_536

/** The settings of {@link TokenBuckets}. */
export interface BucketSettings {
  /** The tokens that flow into each bucket per second. It holds as many, so a full one lasts for one second. */
  readonly perSecond: number
  /** The most buckets. Default: {@link MOST_CALLERS}. */
  readonly most?: number | undefined
  /** A clock that never jumps, in milliseconds. Default: that of this process. */
  readonly now?: (() => number) | undefined
}

/**
 * A bucket of tokens for each caller. A bucket is the time when it will be full again, so it takes little memory, and no
 * timer fills it. A caller that is not known has a full bucket. So a caller that was forgotten gains at most one burst.
 */
export class TokenBuckets {
  readonly #most: number
  readonly #now: () => number
  /** The time that one token needs to flow in, in milliseconds. */
  readonly #interval: number
  /** The time that an empty bucket needs to become full, in milliseconds. */
  readonly #whole: number
  /** The times when the buckets are full, by their callers. The caller that was quiet for the longest comes first. */
  readonly #fullAt = new Map<string, number>()

  constructor({ perSecond, most = MOST_CALLERS, now = () => performance.now() }: BucketSettings) {
    this.#most = most
    this.#now = now
    this.#interval = 1000 / perSecond
    this.#whole = this.#interval * perSecond
  }

  /** The number of callers that are known. */
  get size(): number {
    return this.#fullAt.size
  }

  /** Takes up to `wanted` tokens. Returns how many there were. */
  take(caller: string, wanted = 1): number {
    const now = this.#now()
    const known = this.#fullAt.get(caller)
    const fullAt = known === undefined ? now : Math.max(known, now)
    const taken = Math.min(wanted, this.#held(fullAt - now))
    // A map lists its keys in the order in which they were set.
    if (known !== undefined) this.#fullAt.delete(caller)
    else if (this.#fullAt.size >= this.#most) this.#fullAt.delete(this.#fullAt.keys().next().value as string)
    this.#fullAt.set(caller, fullAt + taken * this.#interval)
    return taken
  }

  /** The time until there is a token, in milliseconds. 0: there is one. */
  waitMs(caller: string): number {
    const untilFull = (this.#fullAt.get(caller) ?? 0) - this.#now()
    return Math.max(0, untilFull - this.#whole + this.#interval)
  }

  // Without the margin, a caller that waited for exactly one token could be refused, because sums are rounded.
  #held(untilFull: number): number {
    return Math.max(0, Math.floor((this.#whole - untilFull) / this.#interval + 1e-6))
  }
}

/** Makes the buckets of each kind of calls that has a rate. */
export function bucketsOf({ read, write }: Rates, settings: Omit<BucketSettings, 'perSecond'>) {
  const make = (perSecond: number | undefined) =>
    perSecond === undefined ? undefined : new TokenBuckets({ ...settings, perSecond })
  return { read: make(read), write: make(write) }
}
