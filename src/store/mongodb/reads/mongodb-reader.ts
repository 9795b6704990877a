import type { Entry, FullHeadSnapshot, FullSnapshot } from '../../../domain/log.ts'
import type { ServiceId } from '../../../domain/sruid.ts'
import { inTurns } from '../../../turns.ts'
import {
  type ChangesPage,
  type LogPage,
  type LookupResult,
  type NamespacePage,
  type RevisionPage,
  type RevisionScan,
  type RevisionSelector,
  type ServiceCount,
  type ServiceList,
  type ServicePage,
  type ServiceSnapshot,
  type StoredChange,
  theDefault,
} from '../../store.ts'
import { COMMAND_TIMEOUT_MS, type MongoConnection } from '../connection.ts'
import { bytesOfDocument, type EntryDocument } from '../documents.ts'
import { bytesOfChanged, type ChangeDocument, changesPipeline, toChanges } from './changes-page.ts'
import { type FoundDocument, openFound, toHead, toRevision } from './found-entry.ts'
import { type EntryTime, findGeneration, fromPipeline, timesPipeline } from './generation-search.ts'
import { GroupLookup } from './group-lookup.ts'
import { logPipeline, smallerLimit, toLogPage } from './log-page.ts'
import { LongReads, sharesOf } from './long-reads.ts'
import type { LabelledDocument } from './lookup-batch.ts'
import { Lookups } from './lookups.ts'
import { ALL_AT_ONCE, readAll } from './read-all.ts'
import { bytesOfPaged, type PagedDocument, revisionsPipeline, toRevisionPage } from './revision-page.ts'
import {
  bytesOfService,
  countPipeline,
  type Namespaces,
  namespacesPipeline,
  parseNamespace,
  type ServiceDocument,
  serviceOf,
  servicesAtOnce,
  servicesPipeline,
} from './service-pages.ts'
import { withStoredPlace } from './stored-place.ts'
import { type FirstDocuments, withinPage } from './within-page.ts'

/** The limit of the pages that a search for a version begins with, which are as quick as a lookup. */
const SHORT_PAGE = 16

/** Reads the log, with one command for each use case. */
export class MongoReader {
  readonly #connection: MongoConnection
  readonly #lookups: Lookups
  readonly #longReads: LongReads

  constructor(connection: MongoConnection) {
    const { long, others } = sharesOf(connection.db.client.options.maxPoolSize)
    this.#connection = connection
    this.#longReads = new LongReads(long)
    this.#lookups = new Lookups(
      new GroupLookup({
        atOnce: others,
        read: (pipeline) => this.#read<LabelledDocument>(pipeline),
        readLong: (pipeline) => this.#readLong<LabelledDocument>(pipeline),
      }),
    )
  }

  head(service: ServiceId, generation?: number): Promise<FullHeadSnapshot | null> {
    return this.#connection.bounded(() => this.#lookups.head(service, generation))
  }

  lookup(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<LookupResult | null> {
    return this.#connection.bounded(() => this.#lookups.lookup(service, selector, generation))
  }

  lookupForChange(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<FullSnapshot | null> {
    return this.#connection.bounded(() => this.#lookups.forChange(service, selector, generation))
  }

  request(service: ServiceId, requestId: string): Promise<Entry | null> {
    return this.#connection.bounded(() => this.#lookups.request(service, requestId))
  }

  revisions(service: ServiceId, scan: RevisionScan): Promise<RevisionPage | null> {
    return this.#connection.bounded(async () => {
      const pipeline = revisionsPipeline(service, await withStoredPlace(this.#connection, service, scan))
      const isShort = scan.limit <= SHORT_PAGE
      const page = isShort
        ? await withinPage(await this.#read<PagedDocument>(pipeline), bytesOfPaged)
        : await this.#readPage<PagedDocument>(pipeline, bytesOfPaged)
      return toRevisionPage(service, scan, page)
    })
  }

  log(service: ServiceId, page: LogPage): Promise<Entry[]> {
    return this.#connection.bounded(async () => {
      for (let { limit } = page; ; ) {
        const pipeline = logPipeline(service, { ...page, limit })
        const { documents, isCut } =
          limit === 1
            ? { documents: await this.#readLong<FoundDocument>(pipeline), isCut: false }
            : await this.#readPage<FoundDocument>(pipeline, bytesOfDocument)
        if (!isCut) return toLogPage(service, page, documents)
        limit = smallerLimit(page, documents)
      }
    })
  }

  changes(service: ServiceId, page: ChangesPage): Promise<readonly StoredChange[] | null> {
    return this.#connection.bounded(async () => {
      const pipeline = changesPipeline(service, page)
      return toChanges(service, page, await this.#readPage<ChangeDocument>(pipeline, bytesOfChanged))
    })
  }

  /** As `Store.findGeneration`. It needs several commands. Each is as quick as a lookup. */
  generationAt(service: ServiceId, time: number): Promise<number | null> {
    const reads = {
      times: (generations: readonly number[]) => this.#read<EntryTime>(timesPipeline(service, generations)),
      from: (generation: number) => this.#read<EntryDocument>(fromPipeline(service, generation)),
    }
    return this.#connection.bounded(() => findGeneration(service, reads, time))
  }

  services(page: ServicePage): Promise<ServiceList> {
    return this.#connection.bounded(async () => {
      const { documents, isCut } = await this.#readPage<ServiceDocument>(servicesPipeline(page), bytesOfService)
      const snapshots = await Promise.all(await inTurns(documents, (document) => this.#snapshot(document)))
      const services = snapshots.filter((snapshot) => snapshot !== null)
      return { services, hasMore: isCut || documents.length === page.limit }
    })
  }

  /** As `Store.readNamespaces`. It skips the rest of each namespace that is longer than one read. */
  namespaces(page: NamespacePage): Promise<string[]> {
    const { after = '', limit } = page
    const atOnce = servicesAtOnce(page)
    return this.#connection.bounded(async () => {
      const found: string[] = []
      for (let last = after; found.length < limit; ) {
        const [some] = await this.#readLong<Namespaces>(namespacesPipeline(last, atOnce))
        if (some === undefined) break
        found.push(...some.namespaces.map(parseNamespace).sort(byNamespace))
        if (some.count < atOnce) break
        last = found.at(-1) ?? last
      }
      return found.slice(0, limit)
    })
  }

  /** As `Store.countServices`. */
  serviceCount(count: ServiceCount): Promise<number> {
    return this.#connection.bounded(async () => {
      const [found] = await this.#readLong<{ readonly count: number }>(countPipeline(count))
      return found?.count ?? 0
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
      const revision = holder === undefined ? null : toRevision(holder)
      return { service, generation, time, head, hash: at.opened.hash, revision }
    }
    const found = await this.#lookups.lookup(service, theDefault)
    if (found === null) return null
    const { alias: _, candidates: __, ...snapshot } = found
    return { service, ...snapshot }
  }

  #read<T extends object>(pipeline: object[]): Promise<readonly T[]> {
    return readAll<T>(this.#connection, pipeline)
  }

  #readPage<T extends object>(pipeline: object[], bytesOf: (document: T) => number): Promise<FirstDocuments<T>> {
    return this.#longReads.run(() => withinPage(this.#cursor<T>(pipeline), bytesOf))
  }

  #readLong<T extends object>(pipeline: object[]): Promise<readonly T[]> {
    return this.#longReads.run(() => inTurns(this.#cursor<T>(pipeline), (document) => document))
  }

  #cursor<T extends object>(pipeline: object[]): AsyncIterable<T> {
    return this.#connection.entries.aggregate<T>(pipeline, { maxTimeMS: COMMAND_TIMEOUT_MS, batchSize: ALL_AT_ONCE })
  }
}

// The text with a `/` after it decides the order.
function byNamespace(one: string, other: string): number {
  return `${one}/` < `${other}/` ? -1 : 1
}
