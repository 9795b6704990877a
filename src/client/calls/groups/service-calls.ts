import type { ServiceSummary } from '../../api/answers.ts'
import type { ListOptions, ListServicesOptions } from '../../api/call-options.ts'
import type { Services } from '../../api/services.ts'
import type { Caller } from '../caller.ts'
import { check } from '../checks/call-checks.ts'
import { toServiceSummary } from '../from-message.ts'
import { listFields, withoutUndefined } from '../to-message.ts'

/** The calls about services and namespaces. */
export class ServiceCalls implements Services {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async *list(options: ListServicesOptions = {}): AsyncGenerator<ServiceSummary> {
    check.listServicesOptions(options)
    const filter = withoutUndefined({ prefix: options.prefix, labelSelector: options.labelSelector })
    yield* this.#caller.list(
      options,
      (token) => (rpc, to) => rpc.listServices({ ...filter, ...listFields(options, token) }, to),
      ({ services, nextPageToken }) => ({ items: services.map(toServiceSummary), nextPageToken }),
    )
  }

  async *listNamespaces(options: ListOptions = {}): AsyncGenerator<string> {
    check.listOptions(options)
    yield* this.#caller.list(
      options,
      (token) => (rpc, to) => rpc.listNamespaces(listFields(options, token), to),
      ({ namespaces, nextPageToken }) => ({ items: namespaces, nextPageToken }),
    )
  }
}
