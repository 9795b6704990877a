import { type Change, Change_EventSchema } from '../../../../gen/waypost/v1/history_pb.ts'
import type { DefaultOptions } from '../../api/call-options.ts'
import type { ChangeEvent, History, ListChangesOptions, RevertResult, ServiceChange } from '../../api/history.ts'
import type { HistoryPoint } from '../../api/history-point.ts'
import { type Caller, parseService } from '../caller.ts'
import { check } from '../checks/call-checks.ts'
import { dates, nameOf, withoutEmpty } from '../from-message.ts'
import { listFields, pointFields, reasonFields, toListChangesFilter, withoutUndefined } from '../to-message.ts'
import { toServiceChange } from './rollout-calls.ts'

/** The calls about the history of services. */
export class HistoryCalls implements History {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async *list(service: string, options: ListChangesOptions = {}): AsyncGenerator<ServiceChange> {
    check.listChangesOptions(options)
    const filter = { ...parseService(service), ...toListChangesFilter(options) }
    yield* this.#caller.list(
      options,
      (token) => (rpc, to) => rpc.listChanges({ ...filter, ...listFields(options, token) }, to),
      ({ changes, nextPageToken }) => ({ items: changes.map(toChange), nextPageToken }),
    )
  }

  async revert(service: string, to: HistoryPoint, options: DefaultOptions = {}): Promise<RevertResult> {
    check.point(to)
    check.defaultOptions(options)
    const parsed = parseService(service)
    const request = { ...parsed, ...pointFields(to), ...reasonFields(options) }
    return this.#caller.change(
      parsed,
      options,
      (rpc, exchange) => rpc.revert(request, exchange),
      (response, registry) => ({
        ...toServiceChange(response, registry),
        generation: Number(response.generation),
      }),
    )
  }
}

function toChange(change: Change): ServiceChange {
  const { generation, time, event, actor, reason, requestId, revisionTag, alias, differences } = change
  return {
    generation: Number(generation),
    ...dates({ time }),
    event: nameOf(Change_EventSchema, event) as ChangeEvent,
    ...withoutEmpty({ actor, reason, requestId, revisionTag, alias }),
    differences: differences.map(({ field, before, after }) => ({ field, ...withoutUndefined({ before, after }) })),
  }
}
