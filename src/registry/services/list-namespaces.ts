import { formatServiceId } from '../../domain/sruid.ts'
import type { Store } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { isText, type Page, type PageRequest, readPage } from '../core/paging.ts'
import type { ReadDeps } from '../core/registry-deps.ts'
import { isListed } from './list-services.ts'

const PAGE = 100

/** Reads a page of the namespaces that have a service. Throws the errors of `readPage`. */
export async function listNamespaces({ store }: ReadDeps, request: PageRequest, caller: Caller): Promise<Page<string>> {
  return readPage(
    {
      query: ['namespaces'],
      isPosition: isText,
      positionOf: (namespace) => namespace,
      accepts: () => true,
      read: async (after, limit) => {
        const namespaces = await store.readNamespaces({ after: after ?? undefined, limit })
        const areListed = await Promise.all(namespaces.map((namespace) => hasService(store, namespace)))
        const items = namespaces.filter((_, index) => areListed[index])
        return { items, next: (namespaces.length < limit ? undefined : namespaces.at(-1)) ?? null }
      },
    },
    request,
    caller,
  )
}

// Usually the first service has a revision, so the first read asks for only one.
async function hasService(store: Store, namespace: string): Promise<boolean> {
  for (let [after, limit]: [string | undefined, number] = [undefined, 1]; ; limit = PAGE) {
    const services = await store.readServices({ prefix: `${namespace}/`, after, limit })
    if (services.some(isListed)) return true
    const last = services.at(-1)
    if (last === undefined || services.length < limit) return false
    after = formatServiceId(last.service)
  }
}
