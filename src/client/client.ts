import type { Transport } from '@connectrpc/connect'
import { formatServiceId, parseServiceReference, parseSruid } from '../domain/sruid.ts'
import { type Call, withinLimits } from './call.ts'
import { invalidOption, isNotFound, nowhere } from './errors.ts'
import { createLookupCache } from './lookup-cache.ts'
import {
  type CallOptions,
  parseCache,
  parseLimits,
  parseRegistries,
  parseTimeout,
  type RegistryClientOptions,
} from './options.ts'
import { createRegistry, type Registry } from './registry.ts'
import type { RegisterResult, ServiceRevision } from './revision.ts'

/**
 * The options of a registration.
 *
 * @example
 * await client.register('my-org/my-service:2.0.0-beta.1', { isDefault: false } satisfies RegisterOptions)
 */
export interface RegisterOptions extends CallOptions {
  /** True: the revision becomes the default. False: it does not. Absent: the registry's default policy decides. */
  readonly isDefault?: boolean | undefined
  /** The name of the registry that it goes to. Default: the first. */
  readonly registry?: string | undefined
}

/**
 * A client of one or several registries. Every method rejects with a `RegistryError`, and does so within the call's
 * `timeoutMs`, 5 seconds unless said otherwise. Where a registry is `unavailable` it is asked again, up to 5 times in all
 * and within that time, after pauses of random length of up to a second.
 *
 * @example
 * const client: RegistryClient = createRegistryClient({ baseUrl: 'http://127.0.0.1:8080' })
 */
export interface RegistryClient {
  /**
   * Registers a revision, with the first registry or the one that the options name. It is safe to call again:
   * registering what is registered, with the same options, changes nothing.
   *
   * @param sruid The revision: `namespace/name:revision_tag`.
   * @throws RegistryError `invalid_argument`, `already_exists` (the tag has other content), `aborted`, `unavailable`,
   *   `deadline_exceeded` or `canceled` (it may have been stored all the same), `unauthenticated`, `permission_denied`.
   * @example
   * await client.register('my-org/my-service:1.2.9')
   */
  register(sruid: string, options?: RegisterOptions): Promise<RegisterResult>

  /**
   * Gets a revision, from the first registry that has it. Where a registry answers that it is not there, the next one is
   * asked; any other failure is an error that names the registry, since what the others have is then not the answer.
   *
   * @param service A service, `namespace/name`, for its default revision; or a SRUID, `namespace/name:revision_tag`.
   * @throws RegistryError `not_found` (no registry has such a service, such a revision, or a default), `invalid_argument`,
   *   `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`.
   * @example
   * const { revisionTag } = await client.get('my-org/my-service')
   */
  get(service: string, options?: CallOptions): Promise<ServiceRevision>
}

/** A client over the transports that a platform has. */
export function composeClient(
  options: RegistryClientOptions,
  createTransport: (registry: { readonly baseUrl: string }) => Transport,
): RegistryClient {
  const defaultTimeoutMs = parseTimeout(options.timeoutMs)
  const cacheSettings = options.cache && parseCache(options.cache)
  const registries = parseRegistries(options).map((settings) => createRegistry(settings, createTransport(settings)))
  const lookUp = (reference: string, call: Call) => lookUpInTurn(registries, reference, call)
  const cache = cacheSettings && createLookupCache(cacheSettings, lookUp)
  return {
    register: async (sruid, { isDefault, registry, ...bounds } = {}) => {
      const revision = parseSruid(sruid)
      const request = isDefault === undefined ? revision : { ...revision, isDefault }
      const target = findRegistry(registries, registry)
      const limits = parseLimits(bounds, defaultTimeoutMs)
      try {
        return await withinLimits(limits, (call) => target.register(request, call))
      } finally {
        // Also where it failed: it may have been stored.
        cache?.forget(formatServiceId(revision))
      }
    },
    get: async (reference, bounds = {}) => {
      parseServiceReference(reference)
      const limits = parseLimits(bounds, defaultTimeoutMs)
      return cache ? cache.get(reference, limits) : withinLimits(limits, (call) => lookUp(reference, call))
    },
  }
}

async function lookUpInTurn(registries: readonly Registry[], reference: string, call: Call): Promise<ServiceRevision> {
  const { service, revisionTag = '' } = parseServiceReference(reference)
  const answers: unknown[] = []
  for (const registry of registries) {
    try {
      return await registry.get({ ...service, revisionTag }, call)
    } catch (error) {
      if (!isNotFound(error) || !registry.isOneOfSeveral) throw error
      answers.push(error)
    }
  }
  throw nowhere(reference, registries, answers)
}

function findRegistry(registries: readonly Registry[], name: string | undefined): Registry {
  const found = name === undefined ? registries[0] : registries.find((registry) => registry.name === name)
  if (found) return found
  const names = registries.map((registry) => JSON.stringify(registry.name)).join(', ')
  throw invalidOption('registry', `${JSON.stringify(name)} is none of this client's: ${names}.`)
}
