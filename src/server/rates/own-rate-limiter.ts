import { type CallKind, type RateLimiter, type Rates, Refusals } from '../call/rate-limit.ts'
import { callerKey } from './caller-key.ts'
import { type BucketSettings, bucketsOf, type TokenBuckets } from './token-buckets.ts'

/** Counts the calls to this process. */
export class OwnRateLimiter implements RateLimiter {
  readonly #refusals: Readonly<Record<CallKind, Refusals>>
  readonly #buckets: { readonly [Kind in CallKind]?: TokenBuckets | undefined }

  constructor(rates: Rates, settings: Omit<BucketSettings, 'perSecond'> = {}) {
    this.#refusals = refusalsOf(rates)
    this.#buckets = bucketsOf(rates, settings)
  }

  take(caller: string, kind: CallKind): Promise<void> | undefined {
    const buckets = this.#buckets[kind]
    if (buckets === undefined) return undefined
    const key = callerKey(caller)
    return buckets.take(key) === 0 ? this.#refusals[kind].refuse(buckets.waitMs(key)) : undefined
  }
}

/** Makes the refusals of each kind of calls. */
export function refusalsOf({ read = 0, write = 0 }: Rates): Readonly<Record<CallKind, Refusals>> {
  return { read: new Refusals('read', read), write: new Refusals('write', write) }
}
