import { RegistryError } from '../domain/errors.ts'
import { type Call, type CallLimits, throwIfCanceled, withinLimits } from './call.ts'
import { isNotFound } from './errors.ts'
import { type Flight, prepareFlight } from './flight.ts'
import type { ServiceRevision } from './revision.ts'

/**
 * A cache of lookups. Answers are kept by what was asked for, the default of a service apart from its revisions; the
 * least recently used goes first. At most one request for one thing is in flight, for all who ask for it. That
 * something is not there is an answer: it ends what was kept, and is not kept itself. An error ends nothing.
 *
 * @example
 * const cache: LookupCacheOptions = { maxAge: 10_000, staleIfError: 3_600_000 }
 */
export interface LookupCacheOptions {
  /** How long an answer is given again, in milliseconds since it was asked for: 0 or more. */
  readonly maxAge: number
  /**
   * How much longer it is given where the registry can't be asked or fails (`unavailable`, `deadline_exceeded`,
   * `internal`, `unknown`, or the token function failed), in milliseconds: 0 or more. Default: 0.
   *
   * It is given once the lookup has failed, so at the call's deadline at the latest.
   */
  readonly staleIfError?: number | undefined
  /** How many answers are kept: 1 to 1,000,000. Default: 1000. */
  readonly maxEntries?: number | undefined
}

/** The options with every default in place, checked. */
export type LookupCacheSettings = Readonly<Record<keyof LookupCacheOptions, number>>

/** What is looked up: the same key for the same thing, and only for that. It begins with the service. */
interface Keyed {
  readonly key: string
}

/** Lookups with a memory. */
export interface LookupCache<Lookup extends Keyed> {
  /** The answer to a lookup. */
  get(lookup: Lookup, limits: CallLimits): Promise<ServiceRevision>
  /** Forgets what is known of a service, `namespace/name`; an answer that is under way is not kept either. */
  forget(service: string): void
}

interface Entry {
  readonly revision: ServiceRevision
  /** On the clock of `performance.now()`, which never goes back. */
  readonly askedAt: number
}

/** A cache in front of a lookup. */
export function createLookupCache<Lookup extends Keyed>(
  { maxAge, staleIfError, maxEntries }: LookupCacheSettings,
  lookUp: (lookup: Lookup, call: Call) => Promise<ServiceRevision>,
): LookupCache<Lookup> {
  const entries = new Map<string, Entry>()
  const flights = new Map<string, Flight<ServiceRevision>>()

  const find = ({ key }: Lookup, youngerThan: number): Entry | undefined => {
    const entry = entries.get(key)
    return entry && performance.now() - entry.askedAt < youngerThan ? entry : undefined
  }
  const keep = ({ key }: Lookup, entry: Entry): void => {
    // A map is in the order in which its keys were added: the least recently used comes first.
    entries.delete(key)
    entries.set(key, entry)
    const [oldest] = entries.keys()
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
  }
  const takeOff = (lookup: Lookup): Flight<ServiceRevision> => {
    const isCurrent = () => flights.get(lookup.key) === flight
    const askedAt = performance.now()
    const ask = async (call: Call): Promise<ServiceRevision> => {
      try {
        const revision = deepFreeze(await lookUp(lookup, call))
        if (isCurrent()) keep(lookup, { revision, askedAt })
        return revision
      } catch (error) {
        if (isCurrent() && isNotFound(error)) entries.delete(lookup.key)
        throw error
      }
    }
    const flight = prepareFlight(ask, () => {
      if (isCurrent()) flights.delete(lookup.key)
    })
    flights.set(lookup.key, flight)
    return flight
  }
  return {
    get: async (lookup, limits) => {
      throwIfCanceled(limits)
      const fresh = find(lookup, maxAge)
      if (fresh) {
        keep(lookup, fresh)
        return fresh.revision
      }
      try {
        return await withinLimits(limits, (call) => (flights.get(lookup.key) ?? takeOff(lookup)).join(call))
      } catch (error) {
        const stale = isOutage(error) ? find(lookup, maxAge + staleIfError) : undefined
        if (stale) return stale.revision
        throw error
      }
    },
    forget: (service) => {
      for (const map of [entries, flights]) {
        for (const key of map.keys()) if (isOf(key, service)) map.delete(key)
      }
    },
  }
}

// The other errors are answers: what was asked is wrong, or the caller may not ask, or does not want to know any more.
function isOutage(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false
  const { code, reason } = error
  const isServerFault = code === 'internal' || code === 'unknown'
  return code === 'unavailable' || code === 'deadline_exceeded' || isServerFault || reason === 'TOKEN_FAILED'
}

// A key begins with the service, or with one of its revisions.
function isOf(key: string, service: string): boolean {
  return key === service || key.startsWith(`${service}:`) || key.startsWith(`${service}?`)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
