import { type LabelSelector, meets } from '../../domain/labels/label-selector.ts'
import { formatServiceId } from '../../domain/sruid.ts'
import type { ServiceSnapshot } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { isText, type Page, type PageRequest, readPage } from '../core/paging.ts'
import type { ReadDeps } from '../core/registry-deps.ts'
import { type ServiceView, viewService } from '../core/views.ts'
import { readServicesIn } from './read-services.ts'

/** The most bytes of a service in an answer: its keys, an etag, two names and three tags. */
const SERVICE_BYTES = 1_024

export interface ListServicesQuery extends PageRequest {
  /** Only services whose text, `namespace/name`, begins with this. Empty: all services. */
  readonly prefix: string
  /** The labels of their default revision must meet this selector. */
  readonly labels: LabelSelector
}

/**
 * Reads a page of the services that have a revision and that the caller may read, in the order of their text. Throws the
 * errors of `readPage`.
 */
export async function listServices(
  { store }: ReadDeps,
  query: ListServicesQuery,
  caller: Caller,
): Promise<Page<ServiceView>> {
  const { prefix, labels } = query
  const { items, nextPageToken } = await readPage<ServiceSnapshot, string>(
    {
      query: ['services', prefix, labels.text],
      isPosition: isText,
      bytesOf: () => SERVICE_BYTES,
      positionOf: ({ service }) => formatServiceId(service),
      accepts: (service) => isListed(service) && (labels.text === '' || hasLabels(service, labels)),
      read: readServicesIn(store, caller.access.readable, prefix),
    },
    query,
    caller,
  )
  return { items: items.map(viewService), nextPageToken }
}

/** Whether a service has a revision. A service whose last revision was deleted keeps its log but is not listed. */
export function isListed({ head }: ServiceSnapshot): boolean {
  return head.revisionCount > 0
}

// A service without a default meets no selector.
function hasLabels({ revision }: ServiceSnapshot, labels: LabelSelector): boolean {
  return revision !== null && meets(revision.info.labels, labels)
}
