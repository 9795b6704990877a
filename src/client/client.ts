import type { Transport } from '@connectrpc/connect'
import type { Revision } from '../../gen/waypost/v1/revision_pb.ts'
import type { Service } from '../../gen/waypost/v1/service_pb.ts'
import { formatServiceId, parseServiceReference, parseSruid, type ServiceId } from '../domain/sruid.ts'
import { required, toPolicyDecision, toServiceAlias, toServiceRevision, toServiceSummary } from './answers.ts'
import { type Call, withinLimits } from './call.ts'
import type { ListOptions } from './call-options.ts'
import { invalidOption } from './errors.ts'
import { type Lookup, lookUpInTurn, toLookup } from './lookup.ts'
import { createLookupCache } from './lookup-cache.ts'
import {
  type CallOptions,
  parseCache,
  parseLimits,
  parseRegistries,
  parseTimeout,
  type RegistryClientOptions,
} from './options.ts'
import { everyItem, type Page } from './paging.ts'
import { createRegistry, type Registry, type Send } from './registry.ts'
import type { RegistryClient } from './registry-client.ts'
import {
  changeFields,
  defaultActions,
  etagFields,
  listFields,
  orders,
  states,
  views,
  withoutUndefined,
} from './requests.ts'

/** What says where a call goes, and how long it may take. */
type Target = CallOptions & { readonly registry?: string | undefined }

/** A client over the transports that a platform has. */
export function composeClient(
  options: RegistryClientOptions,
  createTransport: (registry: { readonly baseUrl: string }) => Transport,
): RegistryClient {
  const defaultTimeoutMs = parseTimeout(options.timeoutMs)
  const cacheSettings = options.cache && parseCache(options.cache)
  const registries = parseRegistries(options).map((settings) => createRegistry(settings, createTransport(settings)))
  const cache =
    cacheSettings && createLookupCache(cacheSettings, (lookup: Lookup, call) => lookUpInTurn(registries, lookup, call))

  const ask = async <T, U>(target: Target, send: Send<T>, toAnswer: (response: T, registry: Registry) => U) => {
    const registry = findRegistry(registries, target.registry)
    const limits = parseLimits(target, defaultTimeoutMs)
    return withinLimits(limits, async (call: Call) => toAnswer(await registry.ask(call, send), registry))
  }
  const change = async <T, U>(
    service: ServiceId,
    target: Target,
    send: Send<T>,
    toAnswer: (response: T, registry: Registry) => U,
  ): Promise<U> => {
    try {
      return await ask(target, send, toAnswer)
    } finally {
      // Also where it failed: it may have been made.
      cache?.forget(formatServiceId(service))
    }
  }
  const list = <T, U>(target: ListOptions, send: (token: string) => Send<T>, toPage: (response: T) => Page<U>) =>
    everyItem(async (pageToken) => ask(target, send(pageToken), toPage))

  return {
    register: async (sruid, given = {}) => {
      const { isDefault, requestId, labels, endpoints, description, source, validateOnly } = given
      const revision = parseSruid(sruid)
      const said = withoutUndefined({ isDefault, requestId, labels, description, source, validateOnly })
      const request = { ...revision, ...said, endpoints: [...(endpoints ?? [])] }
      return change(
        revision,
        given,
        (rpc, to) => rpc.register(request, to),
        ({ revision: stored, replayed }, registry) => ({
          revision: toServiceRevision(required(stored, 'revision', registry)),
          replayed,
        }),
      )
    },
    get: async (reference, given = {}) => {
      const lookup = toLookup(reference, given)
      const limits = parseLimits(given, defaultTimeoutMs)
      return cache ? cache.get(lookup, limits) : withinLimits(limits, (call) => lookUpInTurn(registries, lookup, call))
    },
    updateRevision: async (sruid, { labels, endpoints, description }, given = {}) => {
      const revision = parseSruid(sruid)
      const changes = withoutUndefined({ labels, endpoints: endpoints && [...endpoints], description })
      const request = { ...revision, ...changes, updateMask: { paths: Object.keys(changes) }, ...etagFields(given) }
      return change(revision, given, (rpc, to) => rpc.updateRevision(request, to), toRevision)
    },
    setDefault: async (sruid, given = {}) => {
      const revision = parseSruid(sruid)
      const request = { ...revision, reason: given.reason ?? '', ...etagFields(given) }
      return change(revision, given, (rpc, to) => rpc.setDefault(request, to), toService)
    },
    clearDefault: async (reference, given = {}) => {
      const service = parseService(reference)
      const request = { ...service, reason: given.reason ?? '', ...etagFields(given) }
      return change(service, given, (rpc, to) => rpc.clearDefault(request, to), toService)
    },
    setAlias: async (reference, alias, target, given = {}) => {
      const service = parseService(reference)
      const request = { ...service, alias, ...withoutUndefined(target), ...etagFields(given) }
      return change(
        service,
        given,
        (rpc, to) => rpc.setAlias(request, to),
        (response, registry) => toServiceAlias(required(response.alias, 'alias', registry)),
      )
    },
    deleteAlias: async (reference, alias, given = {}) => {
      const service = parseService(reference)
      const request = { ...service, alias, ...etagFields(given) }
      return change(
        service,
        given,
        (rpc, to) => rpc.deleteAlias(request, to),
        () => {},
      )
    },
    listAliases: async (reference, given = {}) => {
      const service = parseService(reference)
      return ask(
        given,
        (rpc, to) => rpc.listAliases(service, to),
        ({ aliases }) => aliases.map(toServiceAlias),
      )
    },
    deprecate: async (sruid, given = {}) => {
      const revision = parseSruid(sruid)
      const { message = '', replacement = '' } = given
      const request = { ...revision, message, replacement, ...etagFields(given) }
      return change(revision, given, (rpc, to) => rpc.deprecate(request, to), toRevision)
    },
    yank: async (sruid, given = {}) => {
      const revision = parseSruid(sruid)
      const { reason = '', ifDefault = 'MOVE' } = given
      const request = { ...revision, reason, ifDefault: defaultActions[ifDefault], ...etagFields(given) }
      return change(
        revision,
        given,
        (rpc, to) => rpc.yank(request, to),
        (response, registry) => ({
          revision: toRevision(response, registry),
          defaultRevisionTag: response.defaultRevisionTag || undefined,
        }),
      )
    },
    restore: async (sruid, given = {}) => {
      const revision = parseSruid(sruid)
      return change(revision, given, (rpc, to) => rpc.restore({ ...revision, ...etagFields(given) }, to), toRevision)
    },
    deleteRevision: async (sruid, given) => {
      const revision = parseSruid(sruid)
      const request = { ...revision, etag: given.etag, ...changeFields(given) }
      return change(
        revision,
        given,
        (rpc, to) => rpc.deleteRevision(request, to),
        () => {},
      )
    },
    listNamespaces: (given = {}) =>
      list(
        given,
        (token) => (rpc, to) => rpc.listNamespaces(listFields(given, token), to),
        ({ namespaces, nextPageToken }) => ({ items: namespaces, nextPageToken }),
      ),
    listServices: (given = {}) => {
      const filter = withoutUndefined({ prefix: given.prefix, labelSelector: given.labelSelector })
      return list(
        given,
        (token) => (rpc, to) => rpc.listServices({ ...filter, ...listFields(given, token) }, to),
        ({ services, nextPageToken }) => ({ items: services.map(toServiceSummary), nextPageToken }),
      )
    },
    listRevisions: (reference, given = {}) => {
      const { order = 'NEWEST_FIRST', view = 'BASIC', state, labelSelector = '' } = given
      const filter = { labelSelector, order: orders[order], view: views[view], ...(state && { state: states[state] }) }
      return list(
        given,
        (token) => {
          const request = { ...parseService(reference), ...filter, ...listFields(given, token) }
          return (rpc, to) => rpc.listRevisions(request, to)
        },
        ({ revisions, nextPageToken }) => ({ items: revisions.map(toServiceRevision), nextPageToken }),
      )
    },
    testPolicy: async (sruid, given = {}) => {
      const revision = parseSruid(sruid)
      return ask(given, (rpc, to) => rpc.testPolicy(revision, to), toPolicyDecision)
    },
  }
}

function toRevision({ revision }: { readonly revision?: Revision | undefined }, registry: Registry) {
  return toServiceRevision(required(revision, 'revision', registry))
}

function toService({ service }: { readonly service?: Service | undefined }, registry: Registry) {
  return toServiceSummary(required(service, 'service', registry))
}

/** A service without a tag, or an `invalid_argument`. */
function parseService(reference: string): ServiceId {
  const { service, revisionTag } = parseServiceReference(reference)
  if (revisionTag === undefined) return service
  throw invalidOption('service', `${JSON.stringify(reference)} names a revision: it must be namespace/name.`)
}

function findRegistry(registries: readonly Registry[], name: string | undefined): Registry {
  const found = name === undefined ? registries[0] : registries.find((registry) => registry.name === name)
  if (found) return found
  const names = registries.map((registry) => JSON.stringify(registry.name)).join(', ')
  throw invalidOption('registry', `${JSON.stringify(name)} is none of this client's: ${names}.`)
}
