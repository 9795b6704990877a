import { RegistryError } from '../../domain/errors.ts'
import type { ServiceRevision } from '../api/answers.ts'
import type { LookupCacheOptions } from '../api/client-options.ts'
import { type Call, type CallLimits, throwIfCanceled, withinLimits } from './call.ts'
import { isDenied, isNotFound } from './errors.ts'
import { Flight } from './flight.ts'

/** The options with the defaults filled in. */
export type LookupCacheSettings = Readonly<Record<keyof LookupCacheOptions, number>>

/** The parts of a lookup that the cache reads. */
interface Keyed {
  /** A key that is equal for equal lookups only. */
  readonly key: string
  /** The service of the lookup: `namespace/name`. */
  readonly service: string
}

interface Entry {
  readonly service: string
  readonly revision: ServiceRevision
  /** The time of the request on the clock of `performance.now()`, which never goes back. */
  readonly askedAt: number
}

/**
 * A cache in front of lookups. It keeps one answer for each lookup. If it is full, it drops the least recently used
 * answer. Equal lookups at the same time share one request. "Not found" and "permission denied" remove the kept answer
 * and are not kept themselves. Any other error removes nothing. Callers with different credentials need different keys.
 */
export class LookupCache<Lookup extends Keyed> {
  readonly #settings: LookupCacheSettings
  readonly #lookUp: (lookup: Lookup, call: Call) => Promise<ServiceRevision>
  readonly #entries = new Map<string, Entry>()
  #newestKey: string | undefined
  readonly #flights = new Map<string, { readonly service: string; readonly flight: Flight<ServiceRevision> }>()

  constructor(settings: LookupCacheSettings, lookUp: (lookup: Lookup, call: Call) => Promise<ServiceRevision>) {
    this.#settings = settings
    this.#lookUp = lookUp
  }

  /** The kept answer with the key, if it is fresh. */
  find(key: string): ServiceRevision | undefined {
    const fresh = this.#find(key, this.#settings.maxAge)
    if (fresh === undefined) return undefined
    // A map keeps the order in which its keys were added, so the least recently used answer comes first.
    if (key !== this.#newestKey) this.#keep(key, fresh)
    return fresh.revision
  }

  /** Gets the answer to a lookup that has no fresh one. */
  async get(lookup: Lookup, limits: CallLimits): Promise<ServiceRevision> {
    throwIfCanceled(limits)
    try {
      return await withinLimits(limits, (call) => this.#flightOf(lookup).join(call))
    } catch (error) {
      const { maxAge, staleIfError } = this.#settings
      const stale = isOutage(error) ? this.#find(lookup.key, maxAge + staleIfError) : undefined
      if (stale) return stale.revision
      throw error
    }
  }

  /** Forgets the answers about a service, `namespace/name`. Answers that are under way are not kept either. */
  forget(service: string): void {
    for (const map of [this.#entries, this.#flights]) {
      for (const [key, value] of map) if (value.service === service) map.delete(key)
    }
  }

  #find(key: string, youngerThan: number): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry && performance.now() - entry.askedAt < youngerThan ? entry : undefined
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    this.#newestKey = key
    if (this.#entries.size <= this.#settings.maxEntries) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
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
      if (isCurrent()) this.#keep(lookup.key, { service: lookup.service, revision, askedAt })
      return revision
    } catch (error) {
      if (isCurrent() && (isNotFound(error) || isDenied(error))) this.#entries.delete(lookup.key)
      throw error
    }
  }
}

// The other errors are answers of the registry or decisions of the caller, such as a canceled call.
function isOutage(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false
  const { code, reason } = error
  const isServerFault = code === 'internal' || code === 'unknown'
  const hasNoAnswer = code === 'unavailable' || code === 'deadline_exceeded' || isServerFault
  return hasNoAnswer || reason === 'TOKEN_FAILED' || reason === 'RATE_LIMITED'
}

/** Makes a value safe to be shared by several callers. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
