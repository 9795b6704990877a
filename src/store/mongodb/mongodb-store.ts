import type { Entry, FullHeadSnapshot, FullSnapshot } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { AppendHealth } from '../append-health.ts'
import { upgradeNotFinished } from '../forms/fits-form-2.ts'
import type { Form } from '../forms/stored-entry.ts'
import type { UpgradableStore } from '../forms/upgradable-store.ts'
import type {
  AppendResult,
  AuditedEntry,
  ChangesPage,
  LogPage,
  LookupResult,
  NamespacePage,
  RevisionPage,
  RevisionScan,
  RevisionSelector,
  ServiceCount,
  ServiceList,
  ServicePage,
  StoredChange,
} from '../store.ts'
import { auditDocuments, readPage } from './collection-audit.ts'
import { MongoConnection } from './connection.ts'
import type { EntryDocument } from './documents.ts'
import { EntryAppender } from './entry-appender.ts'
import { IndexBuilder, type IndexLog } from './index-builder.ts'
import { BY_REQUEST, keyOf } from './indexes.ts'
import { prepareCollection } from './prepare-collection.ts'
import { MongoReader } from './reads/mongodb-reader.ts'
import { OUT_OF_REACH, rewriteDocuments } from './rewrite-documents.ts'
import { unusableDeployment } from './unusable-deployment.ts'

export interface MongoStoreOptions {
  /** Is told about indexes that are made. Default: nobody is. */
  readonly log?: IndexLog
  /**
   * Whether the store opens while indexes are being made that only lists, version ranges and request ids need. Until
   * then, these reject with `STORE_UNAVAILABLE`. Default: false.
   */
  readonly servesMeanwhile?: boolean
}

const silent: IndexLog = { info() {}, warn() {} }

/**
 * Connects to the deployment that the connection string names, and makes the log's collection and its indexes if they
 * do not exist. Rejects if it cannot be reached. The connection string may set timeouts and the read concern. Writes
 * are always acknowledged by the journals of a majority, and reads always go to the primary.
 */
export async function openMongoStore(uri: string, options: MongoStoreOptions = {}): Promise<UpgradableStore> {
  try {
    return await open(uri, options)
  } catch (error) {
    throw unusableDeployment(error, 'readWrite')
  }
}

async function open(uri: string, { log = silent, servesMeanwhile = false }: MongoStoreOptions) {
  const opened = new AsyncDisposableStack()
  try {
    const connection = opened.adopt(await MongoConnection.open(uri), (open) => open.close())
    const form = await prepareCollection(connection)
    // Older versions may still run until the upgrade is finished.
    const options = { uri, log, servesMeanwhile, dropsObsolete: form === 3 }
    const indexes = opened.adopt(new IndexBuilder(options), (builder) => builder.close())
    await indexes.start(connection)
    return new MongoStore({ connection, indexes }, form)
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

interface Parts {
  readonly connection: MongoConnection
  readonly indexes: IndexBuilder
}

class MongoStore implements UpgradableStore {
  readonly #connection: MongoConnection
  readonly #indexes: IndexBuilder
  readonly #reader: MongoReader
  readonly #appender: EntryAppender
  readonly #appending = new Set<Promise<unknown>>()
  readonly #appendHealth: AppendHealth

  constructor({ connection, indexes }: Parts, form: Form) {
    this.#connection = connection
    this.#indexes = indexes
    this.#reader = new MongoReader(connection)
    this.#appender = new EntryAppender(connection, form)
    this.#appendHealth = new AppendHealth({ probe: () => this.#appender.probe() })
  }

  get form(): Form {
    return this.#appender.form
  }

  append(entry: Entry): Promise<AppendResult> {
    return this.#whileOpen(() => this.#appender.append(entry))
  }

  appendAll(entries: readonly Entry[]): Promise<number> {
    return this.#whileOpen(() => this.#appender.appendAll(entries))
  }

  readHead(service: ServiceId, generation?: number): Promise<FullHeadSnapshot | null> {
    return this.#reader.head(service, generation)
  }

  lookup(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<LookupResult | null> {
    return this.#reader.lookup(service, selector, generation)
  }

  lookupForChange(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<FullSnapshot | null> {
    return this.#reader.lookupForChange(service, selector, generation)
  }

  async readRevisions(service: ServiceId, scan: RevisionScan): Promise<RevisionPage | null> {
    this.#indexes.require(keyOf(scan))
    return this.#reader.revisions(service, scan)
  }

  readLog(service: ServiceId, page: LogPage): Promise<Entry[]> {
    return this.#reader.log(service, page)
  }

  readChanges(service: ServiceId, page: ChangesPage): Promise<readonly StoredChange[] | null> {
    return this.#reader.changes(service, page)
  }

  findGeneration(service: ServiceId, time: number): Promise<number | null> {
    return this.#reader.generationAt(service, time)
  }

  async findRequest(service: ServiceId, requestId: string): Promise<Entry | null> {
    this.#indexes.require(BY_REQUEST)
    return this.#reader.request(service, requestId)
  }

  readServices(page: ServicePage): Promise<ServiceList> {
    return this.#reader.services(page)
  }

  readNamespaces(page: NamespacePage): Promise<string[]> {
    return this.#reader.namespaces(page)
  }

  countServices(count: ServiceCount): Promise<number> {
    return this.#reader.serviceCount(count)
  }

  // MongoDB checks its own files.
  async checkStorage(): Promise<readonly string[]> {
    return []
  }

  async *audit(): AsyncGenerator<readonly AuditedEntry[]> {
    let last: EntryDocument | undefined
    do {
      const documents = await this.#connection.bounded(() => readPage(this.#connection, last))
      last = documents.at(-1)
      if (documents.length > 0) yield await this.#connection.bounded(() => auditDocuments(this.#connection, documents))
    } while (last !== undefined)
  }

  rewrite(entries: readonly Entry[]): Promise<number> {
    return rewriteDocuments(this.#connection, this.form, entries)
  }

  async purge(): Promise<readonly string[]> {
    return OUT_OF_REACH
  }

  now(): number {
    return this.#connection.clock.now()
  }

  ping(): Promise<void> {
    return this.#connection.bounded(() => this.#connection.ping())
  }

  checkAppends(): Promise<void> {
    return this.#appendHealth.check()
  }

  async checkUpgrade(): Promise<void> {
    if (!(await this.#appender.isUpgraded())) throw upgradeNotFinished()
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#appending)
    await this.#indexes.close()
    await this.#connection.close()
  }

  // `close` waits for the appends in this set.
  async #whileOpen<T>(append: () => Promise<T>): Promise<T> {
    const appending = this.#appendHealth.observe(append())
    this.#appending.add(appending)
    try {
      return await appending
    } finally {
      this.#appending.delete(appending)
    }
  }
}
