import type { Head } from '../domain/head.ts'
import { formatServiceId, type ServiceId } from '../domain/sruid.ts'
import type { ServiceSnapshot, Store } from '../store/store.ts'
import { formatRevision, formatService } from './format.ts'

/** How many services, and how many entries of a service's log, are read at once. */
const PAGE = 500

/**
 * The lines of everything that a store holds, in batches: of each service its revisions in the order of their registration,
 * then what it has beside them. What is written in the meantime may be in it or not.
 */
export async function* exportLines(store: Store): AsyncGenerator<readonly string[]> {
  let after: string | undefined
  for (;;) {
    const services = await store.readServices({ after, limit: PAGE })
    for (const snapshot of services) yield* exportService(store, snapshot)
    const last = services.at(-1)
    if (last === undefined || services.length < PAGE) return
    after = formatServiceId(last.service)
  }
}

async function* exportService(
  store: Store,
  { service, generation }: ServiceSnapshot,
): AsyncGenerator<readonly string[]> {
  for (let after = 0; after < generation; after += PAGE) {
    const entries = await store.readLog(service, { after, limit: PAGE })
    const registered = entries.filter(({ event }) => event === 'revision-registered')
    const lines = await Promise.all(
      registered.map(
        ({ revision }) => revision && exportRevision(store, service, revision.revisionTag, revision.ordinal),
      ),
    )
    yield lines.filter((line) => line !== null && line !== undefined)
  }
  const newest = await store.readHead(service)
  // Where somebody has written since, some lines above may say of the default what is not true any more.
  const isChanged = newest?.generation !== generation
  if (newest !== null && (isChanged || hasMore(newest.head))) yield [formatService(service, newest.head)]
}

// Most services have nothing beside their revisions.
function hasMore({ aliases, defaultRule }: Head): boolean {
  return aliases.length > 0 || defaultRule !== null
}

// As it is now. A tag that was deleted and registered again comes where it was registered last.
async function exportRevision(
  store: Store,
  service: ServiceId,
  tag: Parameters<typeof formatRevision>[0]['revisionTag'],
  ordinal: number,
): Promise<string | null> {
  const found = await store.lookup(service, { by: 'tag', tag })
  if (!found?.revision || found.revision.ordinal !== ordinal) return null
  return formatRevision(found.revision, found.head.defaultTag === tag)
}
