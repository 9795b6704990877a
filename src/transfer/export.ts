import type { Entry } from '../domain/log.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import { type Store, theDefault } from '../store/store.ts'
import { formatRevision, formatService } from './format.ts'
import { type Pinned, readEntries, readPinned } from './read-pinned.ts'

/**
 * Yields one line for each record of a store, in batches. Each service has the lines of its revisions in the order of
 * their registration, and then a line with its default, its aliases and its rollout. All lines of a service show its state at one
 * generation, even while others write. Changes during the export may be included or not.
 */
export async function* exportLines(store: Store): AsyncGenerator<readonly string[]> {
  for await (const group of inGroups(readPinned(store))) {
    const [first, ...others] = group
    // A large service is a group of its own, and its lines need not be kept.
    if (first !== undefined && others.length === 0) yield* exportService(store, first)
    else yield* (await Promise.all(group.map((pinned) => collect(exportService(store, pinned))))).flat()
  }
}

/** The most entries and services of a group, whose lines are kept until the whole group is read. */
const GROUP = { entries: 100, services: 32 } as const

/** The most revisions that are read at once. Each may have some hundred KiB. */
const REVISIONS_AT_ONCE = 100

// Small services are exported together, because their lookups then share commands of the store.
async function* inGroups(services: AsyncIterable<Pinned>): AsyncGenerator<readonly Pinned[]> {
  let group: Pinned[] = []
  let entries = 0
  for await (const pinned of services) {
    const isFull = entries + pinned.generation > GROUP.entries || group.length === GROUP.services
    if (isFull && group.length > 0) {
      yield group
      group = []
      entries = 0
    }
    group.push(pinned)
    entries += pinned.generation
  }
  if (group.length > 0) yield group
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const value of values) collected.push(value)
  return collected
}

async function* exportService(store: Store, pinned: Pinned): AsyncGenerator<readonly string[]> {
  const { service, generation } = pinned
  for await (const entries of readEntries(store, pinned)) {
    const registered = entries.filter(({ event }) => event === 'revision-registered')
    for (let at = 0; at < registered.length; at += REVISIONS_AT_ONCE) {
      const some = registered.slice(at, at + REVISIONS_AT_ONCE)
      yield await exportRevisions(store, pinned, some)
    }
  }
  const snapshot = await store.lookupForChange(service, theDefault, generation)
  // The line is there even if the service has none of its parts, because an import deletes the aliases that are not in it.
  if (snapshot) yield [formatService(service, snapshot)]
}

async function exportRevisions(store: Store, pinned: Pinned, entries: readonly Entry[]): Promise<string[]> {
  const lines = entries.map(
    ({ revision }) => revision && exportRevision(store, pinned, revision.revisionTag, revision.ordinal),
  )
  return (await Promise.all(lines)).filter((line) => line !== null)
}

// A tag that was registered twice is exported at its last registration.
async function exportRevision(
  store: Store,
  { service, generation }: Pinned,
  tag: RevisionTag,
  ordinal: number,
): Promise<string | null> {
  const found = await store.lookupForChange(service, { by: 'tag', tag }, generation)
  if (!found?.revision || found.revision.ordinal !== ordinal) return null
  return formatRevision(found.revision, found.head.defaultTag === tag)
}
