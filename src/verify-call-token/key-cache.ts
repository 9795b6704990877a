import type { LocalJWKSet } from 'jose'
import { CallTokenError } from './call-token-error.ts'
import { type Fetch, readKeys } from './read-keys.ts'

/** The times of a cache of keys, in milliseconds. */
export interface CacheTimes {
  /** The age at which the keys are read again. The registry publishes a key long before it signs. */
  readonly freshMs: number
  /** The age up to which the keys are used if the registry cannot be reached. */
  readonly staleMs: number
  /** The least time between two tries to read the keys. */
  readonly pauseMs: number
}

/** The times of every cache, unless a test needs others. */
export const cacheTimes: CacheTimes = { freshMs: 300_000, staleMs: 86_400_000, pauseMs: 30_000 }

/** The parts of a cache. */
export interface KeyCacheParts {
  readonly url: string
  readonly fetch: Fetch
  readonly times?: CacheTimes
  /** A clock that never goes back, in milliseconds. */
  readonly elapsed?: () => number
}

/** The keys of one registry. They are read again when they are old, and when a token has a key that is not among them. */
export class KeyCache {
  readonly #url: string
  readonly #fetch: Fetch
  readonly #times: CacheTimes
  readonly #elapsed: () => number
  #keys: LocalJWKSet | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  #problem: unknown

  constructor({ url, fetch, times = cacheTimes, elapsed = () => performance.now() }: KeyCacheParts) {
    this.#url = url
    this.#fetch = fetch
    this.#times = times
    this.#elapsed = elapsed
  }

  /** Finds a key for the header of a token. Rejects with jose's error if no key fits. */
  readonly find: LocalJWKSet = Object.assign(
    async (...args: Parameters<LocalJWKSet>) => {
      if (this.#age > this.#times.freshMs) await this.#read()
      const keys = this.#require()
      try {
        return await keys(...args)
      } catch (error) {
        await this.#read()
        // Without newer keys, the second try fails in the same way.
        if (this.#require() === keys) throw error
        return this.#require()(...args)
      }
    },
    { jwks: () => this.#require().jwks() },
  )

  get #age(): number {
    return this.#elapsed() - this.#readAt
  }

  #require(): LocalJWKSet {
    if (this.#keys !== undefined && this.#age <= this.#times.staleMs) return this.#keys
    const message = `the keys at ${this.#url} cannot be read; try again later.`
    throw new CallTokenError('KEYS_UNAVAILABLE', message, this.#problem)
  }

  // Tokens that arrive together share one request.
  async #read(): Promise<void> {
    const now = this.#elapsed()
    if (this.#reading === undefined && now - this.#triedAt >= this.#times.pauseMs) {
      this.#triedAt = now
      this.#reading = readKeys(this.#url, this.#fetch)
        .then(
          (keys) => {
            this.#keys = keys
            this.#readAt = now
          },
          (problem) => {
            this.#problem = problem
          },
        )
        .finally(() => {
          this.#reading = undefined
        })
    }
    await this.#reading
  }
}
