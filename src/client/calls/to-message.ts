import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { Change_Event } from '../../../gen/waypost/v1/history_pb.ts'
import { Revision_State, Revision_View } from '../../../gen/waypost/v1/revision_pb.ts'
import { ListRevisionsRequest_Order, YankRequest_DefaultAction } from '../../../gen/waypost/v1/service_registry_pb.ts'
import type { Sruid } from '../../domain/sruid.ts'
import type { RevisionState } from '../api/answers.ts'
import type {
  ChangeOptions,
  DefaultOptions,
  EtagOptions,
  ListOptions,
  ListRevisionsOptions,
  RegisterOptions,
  RevisionChanges,
} from '../api/call-options.ts'
import type { ListChangesOptions } from '../api/history.ts'
import type { HistoryPoint } from '../api/history-point.ts'
import { toInformationFields } from './information.ts'

/** The values of options in messages. */
export const views = { BASIC: Revision_View.BASIC, FULL: Revision_View.FULL } as const
const orders = {
  NEWEST_FIRST: ListRevisionsRequest_Order.NEWEST_FIRST,
  HIGHEST_VERSION_FIRST: ListRevisionsRequest_Order.HIGHEST_VERSION_FIRST,
} as const
export const defaultActions = {
  MOVE: YankRequest_DefaultAction.MOVE,
  CLEAR: YankRequest_DefaultAction.CLEAR,
} as const
const states = {
  ACTIVE: Revision_State.ACTIVE,
  DEPRECATED: Revision_State.DEPRECATED,
  YANKED: Revision_State.YANKED,
} as const satisfies Record<RevisionState, Revision_State>

/** The fields of every change except a registration. The request id makes it safe to send the change again. */
function changeFields({ validateOnly = false, requestId = newRequestId() }: ChangeOptions) {
  return { validateOnly, requestId }
}

/** The fields of a change to something that has an etag. */
export function etagFields({ etag = '', ...options }: EtagOptions) {
  return { etag, ...changeFields(options) }
}

/** The fields of a change that has a reason for people who ask later. */
export function reasonFields({ reason = '', ...options }: DefaultOptions) {
  return { reason, ...etagFields(options) }
}

/** The request that registers a revision. */
export function toRegisterRequest(revision: Sruid, options: RegisterOptions) {
  const { isDefault, requestId, source, validateOnly } = options
  return {
    ...revision,
    ...toInformationFields(options),
    ...withoutUndefined({ isDefault, requestId, validateOnly }),
    ...(source && { source: withoutUndefined(source) }),
  }
}

/** The fields of a change to the information about a revision. The mask also names the parts that become empty. */
export function toUpdateFields(changes: RevisionChanges) {
  const { setLabels, removeLabels } = changes
  const replaced = toInformationFields(changes)
  const labelChanges = withoutUndefined({ setLabels, removeLabels: removeLabels && [...removeLabels] })
  // A mask contains field names of the proto.
  const paths = Object.keys(replaced).map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
  return { ...replaced, ...labelChanges, updateMask: { paths } }
}

/** The fields that select and order the revisions of a list. */
export function toListRevisionsFilter(options: ListRevisionsOptions) {
  const { order = 'NEWEST_FIRST', view = 'BASIC', state, labelSelector = '', at } = options
  const chosen = { labelSelector, order: orders[order], view: views[view], ...atFields(at) }
  return { ...chosen, ...(state && { state: states[state] }) }
}

/** The fields that select the changes of a list. */
export function toListChangesFilter({ event, afterTime, beforeTime, ...options }: ListChangesOptions) {
  const { revisionTag, alias, actor } = options
  return {
    ...withoutUndefined({ revisionTag, alias, actor }),
    ...(event && { event: Change_Event[event] }),
    ...(afterTime !== undefined && { afterTime: toTimestamp(afterTime) }),
    ...(beforeTime !== undefined && { beforeTime: toTimestamp(beforeTime) }),
  }
}

/** The fields that select an earlier state of a service. */
export function atFields(at: HistoryPoint | undefined) {
  if (at === undefined) return {}
  const { time, generation } = pointFields(at)
  return time ? { atTime: time } : { atGeneration: generation }
}

/** The fields of a point of the history. It has passed its check. */
export function pointFields(point: HistoryPoint) {
  const { time, generation } = point as { readonly time?: Date | string; readonly generation?: number }
  return time === undefined ? { generation: BigInt(generation ?? 0) } : { time: toTimestamp(time) }
}

function toTimestamp(time: Date | string) {
  return timestampFromMs(Number(new Date(time)))
}

/** The fields of every list. */
export function listFields({ pageSize = 0 }: ListOptions, pageToken: string) {
  return { pageSize, pageToken }
}

/** The properties that are not undefined. */
export function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

// `crypto.randomUUID` exists only on pages that were loaded over TLS.
function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
