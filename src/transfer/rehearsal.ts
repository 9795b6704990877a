import { formatServiceId, type ServiceId } from '../domain/sruid.ts'
import type { Store } from '../store/store.ts'
import { readEntries } from './read-pinned.ts'

/**
 * A store for an import that is only tried. It answers as `store` does, except that entries are appended to `copy`, which
 * must be empty. Each service is copied when it is first used. Nothing is written to `store`, and `close` closes only
 * `copy`.
 */
export function rehearse(store: Store, copy: Store): Store {
  const copying = new Map<string, Promise<void>>()
  const copyOf = async (service: ServiceId): Promise<Store> => {
    const key = formatServiceId(service)
    const begun = copying.get(key) ?? copyService(store, copy, service)
    copying.set(key, begun)
    await begun
    return copy
  }
  return {
    append: async (entry) => (await copyOf(entry.service)).append(entry),
    appendAll: async (entries) => {
      const [first] = entries
      return first === undefined ? 0 : (await copyOf(first.service)).appendAll(entries)
    },
    readHead: async (service, generation) => (await copyOf(service)).readHead(service, generation),
    lookup: async (service, ...which) => (await copyOf(service)).lookup(service, ...which),
    lookupForChange: async (service, ...which) => (await copyOf(service)).lookupForChange(service, ...which),
    readRevisions: async (service, scan) => (await copyOf(service)).readRevisions(service, scan),
    readLog: async (service, page) => (await copyOf(service)).readLog(service, page),
    readChanges: async (service, page) => (await copyOf(service)).readChanges(service, page),
    findGeneration: async (service, time) => (await copyOf(service)).findGeneration(service, time),
    findRequest: async (service, requestId) => (await copyOf(service)).findRequest(service, requestId),
    readServices: (page) => store.readServices(page),
    readNamespaces: (page) => store.readNamespaces(page),
    countServices: (count) => store.countServices(count),
    now: () => store.now(),
    ping: () => store.ping(),
    checkAppends: () => store.checkAppends(),
    checkUpgrade: () => store.checkUpgrade(),
    close: () => copy.close(),
  }
}

async function copyService(store: Store, copy: Store, service: ServiceId): Promise<void> {
  const newest = await store.readHead(service)
  if (newest === null) return
  for await (const entries of readEntries(store, { service, generation: newest.generation })) {
    await copy.appendAll(entries)
  }
}
