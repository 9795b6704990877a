import { openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { openCallerAccess, type Scope } from '../../../src/domain/access/access-control.ts'
import { parseServiceReference } from '../../../src/domain/sruid.ts'
import type { Caller } from '../../../src/registry/core/caller.ts'
import type { Page, PageRequest } from '../../../src/registry/core/paging.ts'
import { Log } from '../../../src/store/contract/log.ts'
import type { ServiceList, Store } from '../../../src/store/store.ts'
import { caller } from '../../support/caller.ts'
import type { CreateStorage } from '../../support/each-store.ts'

/** A caller that may read the services of these patterns, written as in a grant, or all. */
export function callerWith(...on: readonly string[]): Caller {
  return { ...caller, access: { ...openCallerAccess, readable: toScope(on) } }
}

function toScope(on: readonly string[]): Scope {
  if (on.includes('*')) return 'all'
  return on.map((text) => {
    const [namespace = '', name] = text.split('/')
    return name === '*' ? { namespace } : { namespace, name }
  })
}

/** Whether a pattern, written as in a grant, is about a service. */
export function isAbout(pattern: string, service: string): boolean {
  return pattern === '*' || (pattern.endsWith('/*') ? service.startsWith(pattern.slice(0, -1)) : pattern === service)
}

/** A store with a revision in each service, and services whose only revision was deleted. */
export async function openFilled(create: CreateStorage, services: readonly string[], deleted: readonly string[] = []) {
  const storage = await create()
  const store = await openStore(parseStore(storage.location))
  for (let at = 0; at < services.length; at += 100) {
    await Promise.all(services.slice(at, at + 100).map((text) => store.appendAll(logOf(text).entries)))
  }
  const gone = { yank: null, deprecation: null, isDeleted: true }
  for (const text of deleted) await store.appendAll(logOf(text).change('1.0.0', gone).entries)
  const close = async () => {
    await store.close()
    await storage.remove()
  }
  return { store, close }
}

function logOf(text: string): Log {
  return new Log([], parseServiceReference(text).service).register('1.0.0', { becomesDefault: false })
}

/** The reads of a store: their number, and the services that they returned. */
export interface Reads {
  count: number
  readonly services: Set<string>
}

/** The store, whose reads are counted. */
export function counted(store: Store): { readonly store: Store; readonly reads: Reads } {
  const reads: Reads = { count: 0, services: new Set() }
  const note = (namespace: string, name: string) => reads.services.add(`${namespace}/${name}`)
  const counting: Partial<Store> = {
    lookup: async (service, selector) => {
      reads.count++
      note(service.namespace, service.name)
      return store.lookup(service, selector)
    },
    readServices: async (page): Promise<ServiceList> => {
      reads.count++
      const list = await store.readServices(page)
      for (const { service } of list.services) note(service.namespace, service.name)
      return list
    },
    readNamespaces: async (page) => {
      reads.count++
      const found = await store.readNamespaces(page)
      for (const namespace of found) note(namespace, '*')
      return found
    },
  }
  const refused = (name: PropertyKey) => {
    throw new Error(`a list must not call ${String(name)}`)
  }
  return { reads, store: new Proxy(store, { get: (_, name) => counting[name as keyof Store] ?? refused(name) }) }
}

/** Reads every page of a list. */
export async function allPages<T>(
  read: (request: PageRequest) => Promise<Page<T>>,
  pageSize: number,
): Promise<(readonly T[])[]> {
  const pages: (readonly T[])[] = []
  for (let pageToken = ''; ; ) {
    const page = await read({ pageSize, pageToken })
    pages.push(page.items)
    if (page.nextPageToken === '') return pages
    pageToken = page.nextPageToken
  }
}
