import { bytesOfRevision } from '../../domain/entries/page-budget.ts'
import type { At } from '../../domain/history/at.ts'
import { type LabelSelector, meets } from '../../domain/labels/label-selector.ts'
import { type RevisionState, stateOf } from '../../domain/lifecycle.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import type { RevisionScan, Store } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { requireService } from '../core/not-found.ts'
import { isPair, isText, isWhole, type Listing, type Page, type PageRequest, readPage } from '../core/paging.ts'
import type { ReadDeps } from '../core/registry-deps.ts'
import { type RevisionView, showTo, viewRevision } from '../core/views.ts'

export interface ListRevisionsQuery extends PageRequest {
  readonly service: ServiceId
  /** The state to list. Null: the newest. */
  readonly at?: At | null
  readonly order: 'registration' | 'version'
  /** Only revisions in this state. Undefined: revisions in any state. */
  readonly state: Exclude<RevisionState, 'deleted'> | undefined
  readonly labels: LabelSelector
}

/** Reads a page of the revisions of a service. Throws `SERVICE_NOT_FOUND`, or an error of `readPage`. */
export async function listRevisions(
  { store }: ReadDeps,
  query: ListRevisionsQuery,
  caller: Caller,
): Promise<Page<RevisionView>> {
  return query.order === 'version'
    ? readPage(byVersion(reader(store, query.service, caller), query), query, caller)
    : readPage(byRegistration(reader(store, query.service, caller), query), query, caller)
}

type Read = ReturnType<typeof reader>

function byRegistration(read: Read, query: ListRevisionsQuery): Listing<RevisionView, [number, number]> {
  return {
    ...common(query),
    isPosition: (value): value is [number, number] => isPair(value) && isWhole(value[0]) && isWhole(value[1]),
    positionOf: ({ registeredAt, ordinal }) => [registeredAt, ordinal],
    read: async (position, limit) => {
      const [registeredAt, ordinal] = position ?? []
      const after = registeredAt === undefined || ordinal === undefined ? undefined : { registeredAt, ordinal }
      const { last, ...chunk } = await read({ order: 'registration', after, limit })
      return { ...chunk, next: last && [last.registeredAt, last.ordinal] }
    },
  }
}

function byVersion(read: Read, query: ListRevisionsQuery): Listing<RevisionView, [string, number]> {
  return {
    ...common(query),
    isPosition: (value): value is [string, number] => isPair(value) && isText(value[0]) && isWhole(value[1]),
    positionOf: ({ revisionTag, ordinal }) => [versionKey(revisionTag), ordinal],
    read: async (position, limit) => {
      const [key, ordinal] = position ?? []
      const after = key === undefined || ordinal === undefined ? undefined : { versionKey: key, ordinal }
      const { last, ...chunk } = await read({ order: 'version', after, limit })
      return { ...chunk, next: last && [versionKey(last.revisionTag), last.ordinal] }
    },
  }
}

function common({ service, order, state, labels }: ListRevisionsQuery) {
  return {
    bytesOf: bytesOfRevision,
    query: ['revisions', formatServiceId(service), order, state ?? null, labels.text],
    accepts: (revision: RevisionView) =>
      (state === undefined || stateOf(revision.lifecycle) === state) && meets(revision.info.labels, labels),
  }
}

// Everything is read at the generation of the first read. Otherwise a page could show two defaults.
function reader(store: Store, service: ServiceId, caller: Caller) {
  let generation: number | undefined
  return async (scan: RevisionScan) => {
    const page = requireService(await store.readRevisions(service, { ...scan, generation }), service)
    generation = page.generation
    const items = page.revisions.map((revision) => viewRevision(showTo(caller, revision), page))
    return { items, last: page.last, isCut: page.lookedAt < scan.limit }
  }
}
