import type { Entry, FullHeadSnapshot, FullSnapshot } from '../../../domain/log.ts'
import type { ServiceId } from '../../../domain/sruid.ts'
import {
  type LogPage,
  type LookupResult,
  type NamespacePage,
  type RevisionPage,
  type RevisionScan,
  type RevisionSelector,
  type ServicePage,
  type ServiceSnapshot,
  theDefault,
} from '../../store.ts'
import { COMMAND_TIMEOUT_MS, type MongoConnection } from '../connection.ts'
import { type FoundDocument, openFound, toHead, toRevision } from './found-entry.ts'
import { GroupLookup, type LabelledDocument } from './group-lookup.ts'
import { logPipeline, toLogPage } from './log-page.ts'
import { Lookups } from './lookups.ts'
import { type PagedDocument, revisionsPipeline, toRevisionPage } from './revision-page.ts'
import {
  type Namespaces,
  namespacesPipeline,
  parseNamespace,
  type ServiceDocument,
  serviceOf,
  servicesAtOnce,
  servicesPipeline,
} from './service-pages.ts'

/** A server sends its answer at once, up to 16 MB, if a batch has room for all of it. */
const ALL_AT_ONCE = 1_000_000

/** Reads the log, with one command for each use case. */
export class MongoReader {
  readonly #connection: MongoConnection
  readonly #lookups: Lookups

  constructor(connection: MongoConnection) {
    this.#connection = connection
    this.#lookups = new Lookups(new GroupLookup((pipeline) => this.#read<LabelledDocument>(pipeline)))
  }

  head(service: ServiceId): Promise<FullHeadSnapshot | null> {
    return this.#connection.bounded(() => this.#lookups.head(service))
  }

  lookup(service: ServiceId, selector: RevisionSelector): Promise<LookupResult | null> {
    return this.#connection.bounded(() => this.#lookups.lookup(service, selector))
  }

  lookupForChange(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<FullSnapshot | null> {
    return this.#connection.bounded(() => this.#lookups.forChange(service, selector, generation))
  }

  request(service: ServiceId, requestId: string): Promise<Entry | null> {
    return this.#connection.bounded(() => this.#lookups.request(service, requestId))
  }

  revisions(service: ServiceId, scan: RevisionScan): Promise<RevisionPage | null> {
    return this.#connection.bounded(async () =>
      toRevisionPage(service, scan, await this.#read<PagedDocument>(revisionsPipeline(service, scan))),
    )
  }

  log(service: ServiceId, page: LogPage): Promise<Entry[]> {
    return this.#connection.bounded(async () =>
      toLogPage(service, page, await this.#read<FoundDocument>(logPipeline(service, page))),
    )
  }

  services(page: ServicePage): Promise<ServiceSnapshot[]> {
    return this.#connection.bounded(async () => {
      const documents = await this.#read<ServiceDocument>(servicesPipeline(page))
      const snapshots = await Promise.all(documents.map((document) => this.#snapshot(document)))
      return snapshots.filter((snapshot) => snapshot !== null)
    })
  }

  /** As `Store.readNamespaces`. It skips the rest of each namespace that is longer than one read. */
  namespaces(page: NamespacePage): Promise<string[]> {
    const { after = '', limit } = page
    const atOnce = servicesAtOnce(page)
    return this.#connection.bounded(async () => {
      const found: string[] = []
      for (let last = after; found.length < limit; ) {
        const [some] = await this.#read<Namespaces>(namespacesPipeline(last, atOnce))
        if (some === undefined) break
        found.push(...some.namespaces.map(parseNamespace).sort(byNamespace))
        if (some.count < atOnce) break
        last = found.at(-1) ?? last
      }
      return found.slice(0, limit)
    })
  }

  // The server may not have known the default, or not have read a large part of it. Both are rare.
  async #snapshot(document: ServiceDocument): Promise<ServiceSnapshot | null> {
    const service = serviceOf(document)
    const at = openFound(service, document)
    const { generation, time } = at.opened.key
    const head = toHead(at)
    const [ofDefault] = document.ofDefault
    const holder = ofDefault && openFound(service, ofDefault)
    const isWhole = holder?.opened.key.tag === head.defaultTag && holder.opened.elsewhere.info === undefined
    if (head.defaultTag === null || isWhole) {
      return { service, generation, time, head, revision: holder === undefined ? null : toRevision(holder) }
    }
    const found = await this.#lookups.lookup(service, theDefault)
    if (found === null) return null
    const { alias: _, ...snapshot } = found
    return { service, ...snapshot }
  }

  #read<T extends object>(pipeline: object[]): Promise<readonly T[]> {
    const options = { maxTimeMS: COMMAND_TIMEOUT_MS, batchSize: ALL_AT_ONCE }
    return this.#connection.entries.aggregate<T>(pipeline, options).toArray()
  }
}

// The text with a `/` after it decides the order.
function byNamespace(one: string, other: string): number {
  return `${one}/` < `${other}/` ? -1 : 1
}
