import { bytesOfRevision } from '../../domain/entries/page-budget.ts'
import type { At } from '../../domain/history/at.ts'
import { type LabelSelector, meets } from '../../domain/labels/label-selector.ts'
import { type RevisionState, stateOf } from '../../domain/lifecycle.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import type { RevisionScan } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { requireService } from '../core/not-found.ts'
import { isText, isWhole, type Listing, type Page, type PageRequest, readPage } from '../core/paging.ts'
import type { ReadDeps } from '../core/registry-deps.ts'
import { type RevisionView, showTo, viewRevision } from '../core/views.ts'
import { resolveAt } from '../history/at.ts'

export interface ListRevisionsQuery extends PageRequest {
  readonly service: ServiceId
  /** The state to list. All pages are of the generation of the first one. Null: the newest state at each page. */
  readonly at?: At | null
  readonly order: 'registration' | 'version'
  /** Only revisions in this state. Undefined: revisions in any state. */
  readonly state: Exclude<RevisionState, 'deleted'> | undefined
  readonly labels: LabelSelector
}

/** Revisions as they are at one generation. */
export interface RevisionList extends Page<RevisionView> {
  readonly generation: number
}

/**
 * Reads a page of the revisions of a service. Throws `SERVICE_NOT_FOUND`, an error of `resolveAt`, or an error of
 * `readPage`.
 */
export async function listRevisions(deps: ReadDeps, query: ListRevisionsQuery, caller: Caller): Promise<RevisionList> {
  const reader = new Reader(deps, query, { caller, latest: await resolveAt(deps, query.service, query.at ?? null) })
  const page =
    query.order === 'version'
      ? await readPage(byVersion(reader, query), query, caller)
      : await readPage(byRegistration(reader, query), query, caller)
  return { ...page, generation: reader.generation }
}

/** The order and the ordinal of a revision, and the generation of the list if it is about a past state. */
type Position<K> = readonly [key: K, ordinal: number, generation?: number]

function byRegistration(reader: Reader, query: ListRevisionsQuery): Listing<RevisionView, Position<number>> {
  return {
    ...common(query),
    isPosition: (value): value is Position<number> => reader.isPosition(value, isWhole),
    positionOf: ({ registeredAt, ordinal }) => reader.position(registeredAt, ordinal),
    read: async (position, limit) => {
      const [registeredAt, ordinal, generation] = position ?? []
      const after = registeredAt === undefined || ordinal === undefined ? undefined : { registeredAt, ordinal }
      const { last, ...chunk } = await reader.read({ order: 'registration', after, limit }, generation)
      return { ...chunk, next: last && reader.position(last.registeredAt, last.ordinal) }
    },
  }
}

function byVersion(reader: Reader, query: ListRevisionsQuery): Listing<RevisionView, Position<string>> {
  return {
    ...common(query),
    isPosition: (value): value is Position<string> => reader.isPosition(value, isText),
    positionOf: ({ revisionTag, ordinal }) => reader.position(versionKey(revisionTag), ordinal),
    read: async (position, limit) => {
      const [key, ordinal, generation] = position ?? []
      const after = key === undefined || ordinal === undefined ? undefined : { versionKey: key, ordinal }
      const { last, ...chunk } = await reader.read({ order: 'version', after, limit }, generation)
      return { ...chunk, next: last && reader.position(versionKey(last.revisionTag), last.ordinal) }
    },
  }
}

function common({ service, at, order, state, labels }: ListRevisionsQuery) {
  const past = at ? [at] : []
  return {
    bytesOf: bytesOfRevision,
    query: ['revisions', formatServiceId(service), order, state ?? null, labels.text, ...past],
    accepts: (revision: RevisionView) =>
      (state === undefined || stateOf(revision.lifecycle) === state) && meets(revision.info.labels, labels),
  }
}

// Everything is read at the generation of the first read. Otherwise a page could show two defaults.
class Reader {
  readonly #store: ReadDeps['store']
  readonly #service: ServiceId
  readonly #caller: Caller
  // The newest generation of the time or the generation that the query asks for. Undefined: it asks for neither.
  readonly #latest: number | undefined
  #generation: number | undefined

  constructor(
    { store }: ReadDeps,
    { service }: ListRevisionsQuery,
    { caller, latest }: { readonly caller: Caller; readonly latest: number | undefined },
  ) {
    this.#store = store
    this.#service = service
    this.#caller = caller
    this.#latest = latest
  }

  /** The generation of everything that was read. */
  get generation(): number {
    return this.#generation ?? 0
  }

  /** The position of a revision. */
  position<K>(key: K, ordinal: number): Position<K> {
    return this.#latest === undefined ? [key, ordinal] : [key, ordinal, this.generation]
  }

  isPosition(value: unknown, isKey: (key: unknown) => boolean): boolean {
    const length = this.#latest === undefined ? 2 : 3
    return Array.isArray(value) && value.length === length && isKey(value[0]) && value.slice(1).every(isWhole)
  }

  /** Reads a part of the list. `first` is the generation of its first page, if this is about a later one. */
  async read(scan: RevisionScan, first = this.#latest) {
    this.#generation ??= first === undefined ? undefined : Math.min(first, this.#latest ?? first)
    const generation = this.#generation
    const found = await this.#store.readRevisions(this.#service, { ...scan, generation })
    const page = requireService(found, this.#service)
    this.#generation = page.generation
    const items = page.revisions.map((revision) => viewRevision(showTo(this.#caller, revision), page))
    return { items, last: page.last, isCut: page.lookedAt < scan.limit }
  }
}
