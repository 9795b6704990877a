import type { Entry } from '../domain/log.ts'
import type { ServiceId } from '../domain/sruid.ts'
import type {
  AppendResult,
  ChangesPage,
  LogPage,
  NamespacePage,
  RevisionScan,
  RevisionSelector,
  ServiceCount,
  ServicePage,
  Store,
} from '../store/store.ts'
import type { ServerMetrics } from '../telemetry/metrics/server-metrics.ts'
import { Stopwatch } from './stopwatch.ts'

/** The kind of the store whose durations are measured. */
export type StoreKind = 'sqlite' | 'mongodb'

/** Does as another store does, and measures how long its operations take. It counts the entries that it stores. */
export class MeasuredStore implements Store {
  readonly #store: Store
  readonly #metrics: ServerMetrics
  readonly #append: Stopwatch
  readonly #readHead: Stopwatch
  readonly #lookup: Stopwatch
  readonly #readRevisions: Stopwatch
  readonly #readLog: Stopwatch
  readonly #readChanges: Stopwatch
  readonly #findGeneration: Stopwatch
  readonly #findRequest: Stopwatch
  readonly #readServices: Stopwatch
  readonly #readNamespaces: Stopwatch
  readonly #countServices: Stopwatch
  readonly #ping: Stopwatch
  readonly #checkAppends: Stopwatch

  constructor(store: Store, kind: StoreKind, metrics: ServerMetrics) {
    const watch = (operation: string) => new Stopwatch(metrics.store, operation, kind)
    this.#store = store
    this.#metrics = metrics
    this.#append = watch('append')
    this.#readHead = watch('read_head')
    this.#lookup = watch('lookup')
    this.#readRevisions = watch('read_revisions')
    this.#readLog = watch('read_log')
    this.#readChanges = watch('read_changes')
    this.#findGeneration = watch('find_generation')
    this.#findRequest = watch('find_request')
    this.#readServices = watch('read_services')
    this.#readNamespaces = watch('read_namespaces')
    this.#countServices = watch('count_services')
    this.#ping = watch('ping')
    this.#checkAppends = watch('check_appends')
  }

  async append(entry: Entry): Promise<AppendResult> {
    const result = await this.#append.time(this.#store.append(entry))
    if (result === 'appended') this.#count(entry)
    return result
  }

  async appendAll(entries: readonly Entry[]): Promise<number> {
    const appended = await this.#append.time(this.#store.appendAll(entries))
    for (const entry of entries.slice(0, appended)) this.#count(entry)
    return appended
  }

  readHead(service: ServiceId, generation?: number) {
    return this.#readHead.time(this.#store.readHead(service, generation))
  }

  lookup(service: ServiceId, selector: RevisionSelector, generation?: number) {
    return this.#lookup.time(this.#store.lookup(service, selector, generation))
  }

  lookupForChange(service: ServiceId, selector: RevisionSelector, generation?: number) {
    return this.#lookup.time(this.#store.lookupForChange(service, selector, generation))
  }

  readRevisions(service: ServiceId, scan: RevisionScan) {
    return this.#readRevisions.time(this.#store.readRevisions(service, scan))
  }

  readLog(service: ServiceId, page: LogPage) {
    return this.#readLog.time(this.#store.readLog(service, page))
  }

  readChanges(service: ServiceId, page: ChangesPage) {
    return this.#readChanges.time(this.#store.readChanges(service, page))
  }

  findGeneration(service: ServiceId, time: number) {
    return this.#findGeneration.time(this.#store.findGeneration(service, time))
  }

  findRequest(service: ServiceId, requestId: string) {
    return this.#findRequest.time(this.#store.findRequest(service, requestId))
  }

  readServices(page: ServicePage) {
    return this.#readServices.time(this.#store.readServices(page))
  }

  readNamespaces(page: NamespacePage) {
    return this.#readNamespaces.time(this.#store.readNamespaces(page))
  }

  countServices(count: ServiceCount) {
    return this.#countServices.time(this.#store.countServices(count))
  }

  now(): number {
    return this.#store.now()
  }

  ping() {
    return this.#ping.time(this.#store.ping())
  }

  checkAppends() {
    return this.#checkAppends.time(this.#store.checkAppends())
  }

  checkUpgrade() {
    return this.#store.checkUpgrade()
  }

  close() {
    return this.#store.close()
  }

  #count({ event }: Entry): void {
    this.#metrics.changes.at(event).value++
  }
}
