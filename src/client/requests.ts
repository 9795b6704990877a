import { Revision_State, Revision_View } from '../../gen/waypost/v1/revision_pb.ts'
import { ListRevisionsRequest_Order, YankRequest_DefaultAction } from '../../gen/waypost/v1/service_registry_pb.ts'
import type { ChangeOptions, EtagOptions, ListOptions } from './call-options.ts'
import type { RevisionState } from './revision.ts'

/** What a caller may say, as the messages have it. */
export const views = { BASIC: Revision_View.BASIC, FULL: Revision_View.FULL } as const
export const orders = {
  NEWEST_FIRST: ListRevisionsRequest_Order.NEWEST_FIRST,
  HIGHEST_VERSION_FIRST: ListRevisionsRequest_Order.HIGHEST_VERSION_FIRST,
} as const
export const defaultActions = {
  MOVE: YankRequest_DefaultAction.MOVE,
  CLEAR: YankRequest_DefaultAction.CLEAR,
} as const
export const states = {
  ACTIVE: Revision_State.ACTIVE,
  DEPRECATED: Revision_State.DEPRECATED,
  YANKED: Revision_State.YANKED,
} as const satisfies Record<RevisionState, Revision_State>

/** What every change is sent with: an id of its own, so that it may be sent again. */
export function changeFields({ validateOnly = false, requestId = newRequestId() }: ChangeOptions) {
  return { validateOnly, requestId }
}

/** As `changeFields`, with the etag that what is changed must have. */
export function etagFields({ etag = '', ...options }: EtagOptions) {
  return { etag, ...changeFields(options) }
}

/** What every list is asked for with. */
export function listFields({ pageSize = 0 }: ListOptions, pageToken: string) {
  return { pageSize, pageToken }
}

/** The properties that are there. */
export function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

// Not `randomUUID`, which pages have only where they came over TLS.
function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
