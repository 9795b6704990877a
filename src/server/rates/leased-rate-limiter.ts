import type { CallKind, RateLimiter, Rates, Refusals } from '../call/rate-limit.ts'
import { callerKey } from './caller-key.ts'
import { Lease } from './lease.ts'
import type { LeaseChannel, LeaseGrant, LeaseRequest } from './lease-messages.ts'
import { OwnRateLimiter, refusalsOf } from './own-rate-limiter.ts'
import { MOST_CALLERS } from './token-buckets.ts'
import { WaitingCalls } from './waiting-calls.ts'

/** All leases of one caller together are at most this part of a full bucket. */
const LEASED_PART = 1 / 4

/** How long a call waits for the primary process, in milliseconds. */
const PATIENCE_MS = 250

/** The settings of a {@link LeasedRateLimiter}. */
export interface LeasedRateSettings {
  readonly rates: Rates
  /** The number of workers that share the rates. */
  readonly workers: number
  readonly channel: LeaseChannel
  /** A clock that never jumps, in milliseconds. Default: that of this process. */
  readonly now?: () => number
  /** Default: 250 ms. */
  readonly patienceMs?: number
}

/**
 * Counts the calls to a worker with tokens that it leases from the primary process, so that all workers together allow
 * each rate once. Most calls take a token that is already here. If the primary process is too slow to answer, the worker
 * counts on its own until the answer comes.
 */
export class LeasedRateLimiter implements RateLimiter {
  readonly #settings: LeasedRateSettings
  readonly #now: () => number
  readonly #own: OwnRateLimiter
  readonly #refusals: Readonly<Record<CallKind, Refusals>>
  readonly #leases = { read: new Map<string, Lease>(), write: new Map<string, Lease>() }
  /** The calls that wait for an answer of the primary process. */
  readonly #waiting = { read: new Map<string, WaitingCalls>(), write: new Map<string, WaitingCalls>() }
  #requests: WaitingCalls[] = []

  constructor(settings: LeasedRateSettings) {
    this.#settings = settings
    this.#now = settings.now ?? (() => performance.now())
    this.#own = new OwnRateLimiter(settings.rates, { now: this.#now })
    this.#refusals = refusalsOf(settings.rates)
    settings.channel.onGrants((grants) => {
      for (const grant of grants) this.#receive(grant)
    })
  }

  take(caller: string, kind: CallKind): void | Promise<void> {
    if (this.#settings.rates[kind] === undefined) return
    const key = callerKey(caller)
    const lease = this.#leaseOf(kind, key)
    const waiting = this.#waiting[kind].get(key)
    // Calls that came first get the first tokens.
    if (waiting?.isLate || this.#waiting[kind].size >= MOST_CALLERS) return this.#own.take(key, kind)
    if (waiting === undefined && lease.take(this.#now())) return
    const waitMs = lease.waitMs(this.#now())
    if (waitMs > 0) return this.#refusals[kind].refuse(waitMs)
    return (waiting ?? this.#ask(kind, key)).add()
  }

  #leaseOf(kind: CallKind, key: string): Lease {
    const leases = this.#leases[kind]
    const known = leases.get(key)
    // A map lists its keys in the order in which they were set.
    if (known !== undefined) leases.delete(key)
    else if (leases.size >= MOST_CALLERS) leases.delete(leases.keys().next().value as string)
    const lease = known ?? new Lease(this.#largestLease(kind))
    leases.set(key, lease)
    return lease
  }

  #largestLease(kind: CallKind): number {
    const { rates, workers } = this.#settings
    return Math.max(1, Math.floor(((rates[kind] ?? 0) * LEASED_PART) / workers))
  }

  #ask(kind: CallKind, key: string): WaitingCalls {
    const onLate = () => this.#own.take(key, kind)
    const waiting = new WaitingCalls({ kind, key, patienceMs: this.#settings.patienceMs ?? PATIENCE_MS, onLate })
    this.#waiting[kind].set(key, waiting)
    // The requests of one turn of the event loop share a message.
    if (this.#requests.push(waiting) === 1) setImmediate(() => this.#send())
    return waiting
  }

  #send(): void {
    const requests = this.#requests.map(({ kind, key, count }): LeaseRequest => {
      return { kind, key, wanted: this.#leaseOf(kind, key).wanted(count, this.#now()) }
    })
    this.#requests = []
    this.#settings.channel.send(requests)
  }

  #receive(grant: LeaseGrant): void {
    const { kind, key } = grant
    const waiting = this.#waiting[kind].get(key)
    this.#waiting[kind].delete(key)
    const lease = this.#leaseOf(kind, key)
    lease.add(grant, this.#now())
    waiting?.settle((call) => {
      if (lease.take(this.#now())) return call.follow()
      const waitMs = lease.waitMs(this.#now())
      if (waitMs > 0) return call.follow(this.#refusals[kind].refuse(waitMs))
      const next = this.#waiting[kind].get(key) ?? this.#ask(kind, key)
      call.follow(next.add())
    })
  }
}
