import { RegistryError } from '../../domain/errors.ts'
import type { ServiceRevision } from '../api/answers.ts'
import type { LookupCacheOptions } from '../api/client-options.ts'
import { type Call, type CallLimits, throwIfCanceled, withinLimits } from './call.ts'
import { isNotFound } from './errors.ts'
import { Flight } from './flight.ts'

/** The options with the defaults filled in. */
export type LookupCacheSettings = Readonly<Record<keyof LookupCacheOptions, number>>

/** A lookup, as far as the cache looks at it. */
interface Keyed {
  /** The same key for the same lookup, and for no other. */
  readonly key: string
  /** The service that it is about: `namespace/name`. */
  readonly service: string
}

interface Entry {
  readonly service: string
  readonly revision: ServiceRevision
  /** On the clock of `performance.now()`, which never goes back. */
  readonly askedAt: number
}

/**
 * A cache in front of lookups. Answers are kept by their lookups; the least recently used goes first. At most one
 * request for the same thing is in flight, for all callers that ask for it. "Not found" is an answer: it removes the
 * answer of before, and is not kept itself. An error removes nothing.
 */
export class LookupCache<Lookup extends Keyed> {
  readonly #settings: LookupCacheSettings
  readonly #lookUp: (lookup: Lookup, call: Call) => Promise<ServiceRevision>
  readonly #entries = new Map<string, Entry>()
  readonly #flights = new Map<string, { readonly service: string; readonly flight: Flight<ServiceRevision> }>()

  constructor(settings: LookupCacheSettings, lookUp: (lookup: Lookup, call: Call) => Promise<ServiceRevision>) {
    this.#settings = settings
    this.#lookUp = lookUp
  }

  /** The answer to a lookup. */
  async get(lookup: Lookup, limits: CallLimits): Promise<ServiceRevision> {
    throwIfCanceled(limits)
    const { maxAge, staleIfError } = this.#settings
    const fresh = this.#find(lookup, maxAge)
    if (fresh) {
      this.#keep(lookup, fresh)
      return fresh.revision
    }
    try {
      return await withinLimits(limits, (call) => this.#flightOf(lookup).join(call))
    } catch (error) {
      const stale = isOutage(error) ? this.#find(lookup, maxAge + staleIfError) : undefined
      if (stale) return stale.revision
      throw error
    }
  }

  /** Forgets the answers about a service, `namespace/name`. An answer that is under way is not kept either. */
  forget(service: string): void {
    for (const map of [this.#entries, this.#flights]) {
      for (const [key, value] of map) if (value.service === service) map.delete(key)
    }
  }

  #find({ key }: Lookup, youngerThan: number): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry && performance.now() - entry.askedAt < youngerThan ? entry : undefined
  }

  #keep({ key }: Lookup, entry: Entry): void {
    // A map is in the order in which its keys were added: the least recently used comes first.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#settings.maxEntries && oldest !== undefined) this.#entries.delete(oldest)
  }

  #flightOf(lookup: Lookup): Flight<ServiceRevision> {
    const underWay = this.#flights.get(lookup.key)
    if (underWay) return underWay.flight
    const isCurrent = () => this.#flights.get(lookup.key)?.flight === flight
    const flight: Flight<ServiceRevision> = new Flight(
      (call) => this.#ask(lookup, call, isCurrent),
      () => {
        if (isCurrent()) this.#flights.delete(lookup.key)
      },
    )
    this.#flights.set(lookup.key, { service: lookup.service, flight })
    return flight
  }

  async #ask(lookup: Lookup, call: Call, isCurrent: () => boolean): Promise<ServiceRevision> {
    const askedAt = performance.now()
    try {
      const revision = deepFreeze(await this.#lookUp(lookup, call))
      if (isCurrent()) this.#keep(lookup, { service: lookup.service, revision, askedAt })
      return revision
    } catch (error) {
      if (isCurrent() && isNotFound(error)) this.#entries.delete(lookup.key)
      throw error
    }
  }
}

// The other errors are answers: the request is not valid, or the caller may not ask or has given up.
function isOutage(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false
  const { code, reason } = error
  const isServerFault = code === 'internal' || code === 'unknown'
  return code === 'unavailable' || code === 'deadline_exceeded' || isServerFault || reason === 'TOKEN_FAILED'
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
