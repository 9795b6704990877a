import { formatServiceId } from '../../domain/sruid.ts'
import type { Store } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { isText, type Page, type PageRequest, readPage } from '../core/paging.ts'
import type { ReadDeps } from '../core/registry-deps.ts'
import { isListed } from './list-services.ts'

const PAGE = 100

/** Each of them reads a service with its default revision, which may be large. */
const NAMESPACES_AT_ONCE = 100

/** The most bytes that an item of a list takes in addition to its text. */
const NAMESPACE_FRAME_BYTES = 4

/** Reads a page of the namespaces that have a service. Throws the errors of `readPage`. */
export async function listNamespaces({ store }: ReadDeps, request: PageRequest, caller: Caller): Promise<Page<string>> {
  return readPage(
    {
      query: ['namespaces'],
      isPosition: isText,
      bytesOf: (namespace) => namespace.length + NAMESPACE_FRAME_BYTES,
      positionOf: (namespace) => namespace,
      accepts: () => true,
      read: async (after, limit) => {
        const namespaces = await store.readNamespaces({ after: after ?? undefined, limit })
        const items: string[] = []
        for (let at = 0; at < namespaces.length; at += NAMESPACES_AT_ONCE) {
          items.push(...(await listed(store, namespaces.slice(at, at + NAMESPACES_AT_ONCE))))
        }
        return { items, next: (namespaces.length < limit ? undefined : namespaces.at(-1)) ?? null }
      },
    },
    request,
    caller,
  )
}

async function listed(store: Store, namespaces: readonly string[]): Promise<string[]> {
  const areListed = await Promise.all(namespaces.map((namespace) => hasService(store, namespace)))
  return namespaces.filter((_, index) => areListed[index])
}

// Usually the first service has a revision, so the first read asks for only one.
async function hasService(store: Store, namespace: string): Promise<boolean> {
  for (let [after, limit]: [string | undefined, number] = [undefined, 1]; ; limit = PAGE) {
    const { services, hasMore } = await store.readServices({ prefix: `${namespace}/`, after, limit })
    if (services.some(isListed)) return true
    const last = services.at(-1)
    if (last === undefined || !hasMore) return false
    after = formatServiceId(last.service)
  }
}
