import type { FullHead } from '../domain/head.ts'
import { formatServiceId, type ServiceId } from '../domain/sruid.ts'
import type { ServiceSnapshot, Store } from '../store/store.ts'
import { formatRevision, formatService } from './format.ts'

/** The number of services, or of entries of a service's log, in one read. */
const PAGE = 500

/**
 * Yields one line for each record of a store, in batches. Each service has the lines of its revisions in the order of
 * their registration, and then a line with its aliases and its default. Changes during the export may be included or
 * not.
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
  // If the service changed during the export, the `is_default` of some lines above may be outdated. This line corrects
  // it.
  const isChanged = newest?.generation !== generation
  if (newest !== null && (isChanged || hasMore(newest.head))) yield [formatService(service, newest.head)]
}

// Most services have only revisions.
function hasMore({ aliases, defaultRule }: FullHead): boolean {
  return aliases.length > 0 || defaultRule !== null
}

// Exports the current state of the revision. A tag that was registered twice is exported at its last registration.
async function exportRevision(
  store: Store,
  service: ServiceId,
  tag: Parameters<typeof formatRevision>[0]['revisionTag'],
  ordinal: number,
): Promise<string | null> {
  const found = await store.lookupForChange(service, { by: 'tag', tag })
  if (!found?.revision || found.revision.ordinal !== ordinal) return null
  return formatRevision(found.revision, found.head.defaultTag === tag)
}
