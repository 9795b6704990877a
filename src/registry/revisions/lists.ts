import { type LabelSelector, meets } from '../../domain/label-selector.ts'
import type { RevisionState } from '../../domain/revision-state.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { versionKey } from '../../domain/version-key.ts'
import type { RevisionScan, ServiceSnapshot, Store } from '../../store/store.ts'
import { requireService } from '../core/not-found.ts'
import { type Listing, type Page, type PageRequest, readPage } from '../core/paging.ts'
import { type RegistryDeps, type RevisionView, viewRevision } from '../core/registry-deps.ts'
import { type ServiceView, viewService } from '../core/service-view.ts'

type ListDeps = Pick<RegistryDeps, 'store'>

const PAGE = 100

export interface ListServicesQuery extends PageRequest {
  /** What their text, `namespace/name`, begins with; empty: anything. */
  readonly prefix: string
  /** What the labels of their default revision must be. */
  readonly labels: LabelSelector
}

export interface ListRevisionsQuery extends PageRequest {
  readonly service: ServiceId
  readonly order: 'registration' | 'version'
  /** The state that they are in; undefined: any. */
  readonly state: Exclude<RevisionState['kind'], 'deleted'> | undefined
  readonly labels: LabelSelector
}

/** A page of the namespaces that have a service. */
export async function listNamespaces({ store }: ListDeps, request: PageRequest): Promise<Page<string>> {
  return readPage(
    {
      query: ['namespaces'],
      isPosition: isText,
      positionOf: (namespace) => namespace,
      accepts: () => true,
      read: async (after, limit) => {
        const namespaces = await store.readNamespaces(after ?? '', limit)
        const areListed = await Promise.all(namespaces.map((namespace) => hasService(store, namespace)))
        const items = namespaces.filter((_, index) => areListed[index])
        return { items, next: (namespaces.length < limit ? undefined : namespaces.at(-1)) ?? null }
      },
    },
    request,
  )
}

// Mostly the first service has a revision.
async function hasService(store: Store, namespace: string): Promise<boolean> {
  for (let [after, limit] = ['', 1]; ; limit = PAGE) {
    const services = await store.readServices(`${namespace}/`, after, limit)
    if (services.some(isListed)) return true
    const last = services.at(-1)
    if (last === undefined || services.length < limit) return false
    after = formatServiceId(last.service)
  }
}

// Of a service whose last revision was deleted only the log is left.
function isListed({ head }: ServiceSnapshot): boolean {
  return head.revisionCount > 0
}

// Without a default there are no labels that could meet anything.
function hasLabels({ revision }: ServiceSnapshot, labels: LabelSelector): boolean {
  return revision !== null && meets(revision.info.labels, labels)
}

/** A page of the services that have a revision, in the order of their text. */
export async function listServices({ store }: ListDeps, query: ListServicesQuery): Promise<Page<ServiceView>> {
  const { prefix, labels } = query
  const { items, nextPageToken } = await readPage<ServiceSnapshot, string>(
    {
      query: ['services', prefix, labels.text],
      isPosition: isText,
      positionOf: ({ service }) => formatServiceId(service),
      accepts: (service) => isListed(service) && (labels.text === '' || hasLabels(service, labels)),
      read: async (after, limit) => {
        const found = await store.readServices(prefix, after ?? '', limit)
        const last = found.length < limit ? undefined : found.at(-1)
        return { items: found, next: last ? formatServiceId(last.service) : null }
      },
    },
    query,
  )
  return { items: items.map(viewService), nextPageToken }
}

/** A page of the revisions of a service. Throws `SERVICE_NOT_FOUND`. */
export async function listRevisions({ store }: ListDeps, query: ListRevisionsQuery): Promise<Page<RevisionView>> {
  return query.order === 'version'
    ? readPage(byVersion(store, query), query)
    : readPage(byRegistration(store, query), query)
}

function byRegistration(store: Store, query: ListRevisionsQuery): Listing<RevisionView, [number, number]> {
  return {
    ...common(query),
    isPosition: (value): value is [number, number] => isPair(value) && isWhole(value[0]) && isWhole(value[1]),
    positionOf: ({ registeredAt, ordinal }) => [registeredAt, ordinal],
    read: async (position, limit) => {
      const [registeredAt, ordinal] = position ?? []
      const after = registeredAt === undefined || ordinal === undefined ? undefined : { registeredAt, ordinal }
      const { items, last } = await read(store, query.service, { order: 'registration', after, limit })
      return { items, next: last && [last.registeredAt, last.ordinal] }
    },
  }
}

function byVersion(store: Store, query: ListRevisionsQuery): Listing<RevisionView, [string, number]> {
  return {
    ...common(query),
    isPosition: (value): value is [string, number] => isPair(value) && isText(value[0]) && isWhole(value[1]),
    positionOf: ({ revisionTag, ordinal }) => [versionKey(revisionTag), ordinal],
    read: async (position, limit) => {
      const [key, ordinal] = position ?? []
      const after = key === undefined || ordinal === undefined ? undefined : { versionKey: key, ordinal }
      const { items, last } = await read(store, query.service, { order: 'version', after, limit })
      return { items, next: last && [versionKey(last.revisionTag), last.ordinal] }
    },
  }
}

function common({ service, order, state, labels }: ListRevisionsQuery) {
  return {
    query: ['revisions', formatServiceId(service), order, state ?? null, labels.text],
    accepts: (revision: RevisionView) =>
      (state === undefined || revision.state.kind === state) && meets(revision.info.labels, labels),
  }
}

async function read(store: Store, service: ServiceId, scan: RevisionScan) {
  const page = requireService(await store.readRevisions(service, scan), service)
  return { items: page.revisions.map((revision) => viewRevision(revision, page)), last: page.last }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isPair(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2
}
