import type { Rates } from '../call/rate-limit.ts'
import type { LeaseGrant, LeaseRequest } from './lease-messages.ts'
import { type BucketSettings, bucketsOf } from './token-buckets.ts'

/** Counts the calls to all workers, in the primary process. A token counts once a worker has it. */
export class RateLeases {
  readonly #buckets: ReturnType<typeof bucketsOf>

  constructor(rates: Rates, settings: Omit<BucketSettings, 'perSecond'> = {}) {
    this.#buckets = bucketsOf(rates, settings)
  }

  /** Gives the tokens that there are. */
  grant(requests: readonly LeaseRequest[]): LeaseGrant[] {
    return requests.map((request) => this.#grant(request))
  }

  #grant(request: LeaseRequest): LeaseGrant {
    const { kind, key, wanted } = request
    const buckets = this.#buckets[kind]
    const granted = buckets?.take(key, wanted) ?? wanted
    return { ...request, granted, waitMs: granted < wanted ? (buckets?.waitMs(key) ?? 0) : 0 }
  }
}
