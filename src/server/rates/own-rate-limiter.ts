import { type CallKind, type RateLimiter, type Rates, rateLimited } from '../call/rate-limit.ts'
import { callerKey } from './caller-key.ts'
import { type BucketSettings, bucketsOf, type TokenBuckets } from './token-buckets.ts'

/** Counts the calls to this process. */
export class OwnRateLimiter implements RateLimiter {
  readonly #rates: Rates
  readonly #buckets: { readonly [Kind in CallKind]?: TokenBuckets | undefined }

  constructor(rates: Rates, settings: Omit<BucketSettings, 'perSecond'> = {}) {
    this.#rates = rates
    this.#buckets = bucketsOf(rates, settings)
  }

  take(caller: string, kind: CallKind): void {
    const buckets = this.#buckets[kind]
    if (buckets === undefined) return
    const key = callerKey(caller)
    if (buckets.take(key) === 0) throw rateLimited(kind, this.#rates[kind] ?? 0, buckets.waitMs(key))
  }
}
