import type { AliasName } from '../../domain/alias.ts'
import type { LogEvent } from '../../domain/entries/events.ts'
import type { Change } from '../../domain/history/change.ts'
import { differencesOf } from '../../domain/history/differences.ts'
import { type Entry, isRevisionEntry } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import type { ChangesPage, Store, StoredChange } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { requireEntry } from '../core/not-found.ts'
import { isWhole, type Listing, type Page, type PageRequest, readPage } from '../core/paging.ts'
import type { ReadDeps } from '../core/registry-deps.ts'

export interface ListChangesQuery extends PageRequest {
  readonly service: ServiceId
  /** Only changes of this revision. Null: of any, or of none. */
  readonly tag: RevisionTag | null
  /** Only changes that set, moved or deleted this alias. Null: any changes. */
  readonly alias: AliasName | null
  /** Only changes of this kind. Null: of any. */
  readonly event: LogEvent | null
  /** Only changes by the principal with this name. Null: by any. */
  readonly actor: string | null
  /** Only changes after this time, in milliseconds since 1970 (UTC). Null: any. */
  readonly afterTime: number | null
  /** Only changes before this time, in milliseconds since 1970 (UTC). Null: any. */
  readonly beforeTime: number | null
}

/**
 * Reads a page of the changes of a service, the newest first. A service whose revisions were all deleted still has its
 * changes. A caller that may not see actors finds no change with the filter `actor`. Throws `SERVICE_NOT_FOUND`, or an
 * error of `readPage`.
 */
export async function listChanges({ store }: ReadDeps, query: ListChangesQuery, caller: Caller): Promise<Page<Change>> {
  const seesActors = caller.access.seesActors(query.service)
  const bounds = await boundsOf(store, query)
  const isEmpty = query.actor !== null && !seesActors
  return readPage(listing(store, query, { ...bounds, isEmpty, seesActors }), query, caller)
}

/** The generations between which the changes of a list are. */
interface Bounds {
  readonly after: number
  readonly before: number | undefined
}

interface Reading extends Bounds {
  /** Whether the list has no changes, whatever the log has. */
  readonly isEmpty: boolean
  readonly seesActors: boolean
}

// Times never fall within a service, so bounds of times are bounds of generations.
async function boundsOf(store: Store, { service, afterTime, beforeTime }: ListChangesQuery): Promise<Bounds> {
  const until = async (time: number) => requireEntry(await store.findGeneration(service, time), service)
  const [after, last] = await Promise.all([
    afterTime === null ? 0 : until(afterTime),
    beforeTime === null ? undefined : until(beforeTime - 1),
  ])
  return { after, before: last === undefined ? undefined : last + 1 }
}

function listing(store: Store, query: ListChangesQuery, reading: Reading): Listing<Change, number> {
  const { service, tag, alias, event, actor, afterTime, beforeTime } = query
  return {
    query: ['changes', formatServiceId(service), tag, alias, event, actor, afterTime, beforeTime],
    isPosition: isWhole,
    positionOf: ({ generation }) => generation,
    bytesOf,
    accepts: (change) => isWanted(change, query),
    read: async (position, limit) => {
      const { after, isEmpty, seesActors } = reading
      const before = position ?? reading.before
      const page: ChangesPage = { after, before, tag: tag ?? undefined, limit: isEmpty ? 1 : limit }
      const changes = requireEntry(await store.readChanges(service, page), service)
      if (isEmpty) return { items: [], next: null }
      const last = changes.at(-1)
      const next = last === undefined || isFirst(last, after, tag) ? null : last.entry.generation
      const items = changes.map((change) => toView(change, seesActors))
      return { items, next, isCut: next !== null && changes.length < limit }
    },
  }
}

function isFirst({ entry }: StoredChange, after: number, tag: RevisionTag | null): boolean {
  return entry.generation <= after + 1 || (tag !== null && entry.event === 'revision-registered')
}

function isWanted({ alias, event, actor, differences }: Change, query: ListChangesQuery): boolean {
  const isOfAlias = () => alias === query.alias || differences.some(({ field }) => field === `aliases.${query.alias}`)
  return (
    (query.event === null || event === query.event) &&
    (query.actor === null || actor === query.actor) &&
    (query.alias === null || isOfAlias())
  )
}

function toView(change: StoredChange, seesActors: boolean): Change {
  const { entry } = change
  const { generation, time, principal, event, reason, request, alias } = entry
  return {
    ...{ generation, time, event, alias },
    actor: seesActors ? principal.name : '',
    reason: seesActors || isForReaders(entry) ? reason : '',
    requestId: seesActors ? (request?.id ?? '') : '',
    revisionTag: isRevisionEntry(entry) ? entry.revision.revisionTag : '',
    differences: differencesOf(change),
  }
}

// The people who use a revision need the reason of its yank and the message of its deprecation.
function isForReaders({ event }: Entry): boolean {
  return event === 'revision-yanked' || event === 'revision-deprecated'
}

/** The keys of a change in JSON, its names, its time and its numbers. */
const CHANGE_BYTES = 600
/** The keys of a difference in JSON. */
const DIFFERENCE_BYTES = 48

function bytesOf({ actor, reason, differences }: Change): number {
  const ofDifferences = differences.reduce(
    (bytes, { field, before, after }) => bytes + DIFFERENCE_BYTES + bytesOfTexts(field, before, after),
    0,
  )
  return CHANGE_BYTES + bytesOfTexts(actor, reason) + ofDifferences
}

function bytesOfTexts(...texts: readonly (string | null)[]): number {
  return Buffer.byteLength(JSON.stringify(texts))
}
