import type { Scope, ServicePattern } from '../../domain/access/access-control.ts'
import type { NamespacePage, Store } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { isText, type Page, type PageRequest, readPage } from '../core/paging.ts'
import type { ReadDeps } from '../core/registry-deps.ts'
import { isListed } from './list-services.ts'
import { readServicesIn } from './read-services.ts'

const PAGE = 100

/** Each of them reads a service with its default revision, which may be large. */
const NAMESPACES_AT_ONCE = 100

/** The most bytes that an item of a list takes in addition to its text. */
const NAMESPACE_FRAME_BYTES = 4

/**
 * Reads a page of the namespaces that have a service that the caller may read. Throws the errors of `readPage`.
 */
export async function listNamespaces({ store }: ReadDeps, request: PageRequest, caller: Caller): Promise<Page<string>> {
  const scopes = byNamespaces(caller.access.readable)
  return readPage(
    {
      query: ['namespaces'],
      isPosition: isText,
      bytesOf: (namespace) => namespace.length + NAMESPACE_FRAME_BYTES,
      positionOf: (namespace) => namespace,
      accepts: () => true,
      read: async (after, limit) => {
        const namespaces = await readNamespaces(store, scopes, { after: after ?? undefined, limit })
        const items: string[] = []
        for (let at = 0; at < namespaces.length; at += NAMESPACES_AT_ONCE) {
          items.push(...(await listed(store, scopes, namespaces.slice(at, at + NAMESPACES_AT_ONCE))))
        }
        return { items, next: (namespaces.length < limit ? undefined : namespaces.at(-1)) ?? null }
      },
    },
    request,
    caller,
  )
}

/** The readable services of each namespace. */
type Scopes = 'all' | ReadonlyMap<string, readonly ServicePattern[]>

function byNamespaces(readable: Scope): Scopes {
  return readable === 'all' ? readable : Map.groupBy(readable, ({ namespace }) => namespace)
}

// The scopes name the namespaces that can be listed, so no others are looked at.
function readNamespaces(store: Store, scopes: Scopes, page: NamespacePage): Promise<string[]> | string[] {
  if (scopes === 'all') return store.readNamespaces(page)
  const { after, limit } = page
  const rest = [...scopes.keys()].filter((name) => after === undefined || byText(name, after) > 0)
  return rest.sort(byText).slice(0, limit)
}

async function listed(store: Store, scopes: Scopes, namespaces: readonly string[]): Promise<string[]> {
  const scopeOf = (namespace: string) => (scopes === 'all' ? scopes : (scopes.get(namespace) ?? []))
  const areListed = await Promise.all(namespaces.map((name) => hasService(store, scopeOf(name), name)))
  return namespaces.filter((_, index) => areListed[index])
}

// Usually the first service has a revision, so the first read asks for only one.
async function hasService(store: Store, readable: Scope, namespace: string): Promise<boolean> {
  const read = readServicesIn(store, readable, `${namespace}/`)
  for (let [after, limit]: [string | null, number] = [null, 1]; ; limit = PAGE) {
    const { items, next } = await read(after, limit)
    if (items.some(isListed)) return true
    if (next === null) return false
    after = next
  }
}

// In the order of the store.
function byText(one: string, other: string): number {
  return one === other ? 0 : `${one}/` < `${other}/` ? -1 : 1
}
