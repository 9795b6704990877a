import type { Entry } from '../domain/log.ts'
import { formatServiceId } from '../domain/sruid.ts'
import type { ServiceSnapshot, Store } from '../store/store.ts'

/** The number of services, or of entries of a service's log, in one read. */
const PAGE = 500

/** A service, and the generation at which everything of it is read. */
export type Pinned = Pick<ServiceSnapshot, 'service' | 'generation'>

/** Yields every service of a store, in the order of their text, at its newest generation. */
export async function* readPinned(store: Store): AsyncGenerator<Pinned> {
  let after: string | undefined
  for (;;) {
    const { services, hasMore } = await store.readServices({ after, limit: PAGE })
    yield* services
    const last = services.at(-1)
    if (last === undefined || !hasMore) return
    after = formatServiceId(last.service)
  }
}

/** Yields the entries of a service up to its generation, in pages, the oldest first. */
export async function* readEntries(store: Store, { service, generation }: Pinned): AsyncGenerator<readonly Entry[]> {
  for (let after = 0; after < generation; ) {
    const entries = await store.readLog(service, { after, limit: Math.min(PAGE, generation - after) })
    // A page of large entries is shorter.
    yield entries
    if (entries.length === 0) return
    after += entries.length
  }
}
