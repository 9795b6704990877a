import { formatServiceId, parseServiceReference, type ServiceId } from '../../domain/sruid.ts'
import type { CallToken, CallTokenOptions } from '../api/access.ts'
import type { ServiceRevision } from '../api/answers.ts'
import type { CallOptions, GetOptions, ReadOptions } from '../api/call-options.ts'
import { CallTokens, toWantedToken } from './access/call-tokens.ts'
import { type Call, type CallLimits, withinLimits } from './call.ts'
import { check } from './checks/call-checks.ts'
import { clientClosed, invalidOption } from './errors.ts'
import { keyOf, type Lookup, lookUpInTurn, toLookup } from './lookup.ts'
import { LookupCache, type LookupCacheSettings } from './lookup-cache.ts'
import { everyItem, type Page } from './paging.ts'
import type { Registry, Send } from './registry.ts'

/** The checked settings of a caller. */
export interface CallerSettings {
  readonly registries: readonly Registry[]
  readonly timeoutMs: number
  readonly cache: LookupCacheSettings | undefined
}

/** Makes calls. It chooses the registry of a call, bounds its time, and caches lookups. */
export class Caller {
  readonly #registries: readonly Registry[]
  readonly #timeoutMs: number
  readonly #cache: LookupCache<Lookup> | undefined
  /** The registries that get the headers of each call from a function, so their answers may differ from caller to caller. */
  readonly #perCall: readonly Registry[]
  readonly #callTokens: CallTokens
  #isClosed = false

  constructor({ registries, timeoutMs, cache }: CallerSettings) {
    this.#registries = registries
    this.#timeoutMs = timeoutMs
    this.#cache = cache && new LookupCache(cache, (lookup: Lookup, call) => lookUpInTurn(registries, lookup, call))
    this.#perCall = registries.filter((registry) => registry.hasCredentialPerCall)
    this.#callTokens = new CallTokens(registries)
  }

  /** Asks one registry. */
  async ask<T, U>(target: ReadOptions, send: Send<T>, toAnswer: (response: T, registry: Registry) => U): Promise<U> {
    const limits = this.#begin(target)
    const registry = this.#findRegistry(target.registry)
    return withinLimits(limits, async (call: Call) => toAnswer(await registry.ask(call, send), registry))
  }

  /** Asks one registry to change a service. */
  async change<T, U>(
    service: ServiceId,
    target: ReadOptions,
    send: Send<T>,
    toAnswer: (response: T, registry: Registry) => U,
  ): Promise<U> {
    try {
      return await this.ask(target, send, toAnswer)
    } finally {
      // This also runs after a failure, because the change may have been made.
      this.#cache?.forget(formatServiceId(service))
      this.#callTokens.forget(formatServiceId(service))
    }
  }

  /** Lists items page by page. */
  list<T, U>(target: ReadOptions, send: (token: string) => Send<T>, toPage: (response: T) => Page<U>) {
    return everyItem(async (pageToken) => this.ask(target, send(pageToken), toPage))
  }

  /** The answer to a lookup, if the cache has it, and every caller may see it. */
  findKept(reference: string, options: GetOptions): ServiceRevision | undefined {
    if (this.#cache === undefined || this.#perCall.length > 0 || this.#isClosed || options.signal?.aborted)
      return undefined
    return this.#cache.find(keyOf(reference, options))
  }

  /** Looks up a revision in the registries. The cache keeps it. Throws if the call cannot begin. */
  lookUp(reference: string, options: GetOptions): Promise<ServiceRevision> {
    const lookup = toLookup(reference, options)
    const limits = this.#begin(options)
    if (this.#cache) return this.#lookUpIn(this.#cache, lookup, limits)
    return withinLimits(limits, (call) => lookUpInTurn(this.#registries, lookup, call))
  }

  /** Gets a token to call a revision. It is kept until shortly before its end. Throws if the call cannot begin. */
  callToken(reference: string, options: CallTokenOptions): Promise<CallToken> {
    const wanted = toWantedToken(reference, options)
    return withinLimits(this.#begin(options), (call) => this.#callTokens.get(wanted, call))
  }

  /** Refuses later calls. */
  close(): void {
    this.#isClosed = true
  }

  async #lookUpIn(cache: LookupCache<Lookup>, lookup: Lookup, limits: CallLimits): Promise<ServiceRevision> {
    if (this.#perCall.length === 0) return cache.get(lookup, limits)
    const { key, timeoutMs } = await withinLimits(limits, async (call) => {
      const credentials: string[] = []
      for (const registry of this.#perCall) credentials.push(await registry.credential(call))
      return { key: JSON.stringify([credentials, lookup.key]), timeoutMs: Math.max(1, Math.ceil(call.remainingMs())) }
    })
    return cache.find(key) ?? cache.get({ ...lookup, key }, { ...limits, timeoutMs })
  }

  #begin({ timeoutMs = this.#timeoutMs, signal }: CallOptions): CallLimits {
    if (this.#isClosed) throw clientClosed()
    return { timeoutMs, signal }
  }

  #findRegistry(name: string | undefined): Registry {
    const found = name === undefined ? this.#registries[0] : this.#registries.find((each) => each.name === name)
    if (found) return found
    const names = this.#registries.map((each) => JSON.stringify(each.name)).join(' or ')
    throw invalidOption('registry', `${JSON.stringify(name)} is not a registry of this client; use ${names}.`)
  }
}

/** Parses `namespace/name`. Throws an `invalid_argument` if the text has a revision tag or is not valid. */
export function parseService(reference: string): ServiceId {
  check.service(reference)
  const { service, revisionTag } = parseServiceReference(reference)
  if (revisionTag === undefined) return service
  throw invalidOption(
    'service',
    `${JSON.stringify(reference)} names a revision; use namespace/name without a revision tag.`,
  )
}
