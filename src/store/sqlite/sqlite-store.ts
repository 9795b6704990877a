import { resolve } from 'node:path'
import { PageBudget } from '../../domain/entries/page-budget.ts'
import type { Entry, FullHeadSnapshot, FullSnapshot } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { AppendHealth } from '../append-health.ts'
import { fitsForm2, upgradeNotFinished } from '../forms/fits-form-2.ts'
import type { Form } from '../forms/stored-entry.ts'
import type { UpgradableStore } from '../forms/upgradable-store.ts'
import { ReferenceClock } from '../reference-clock.ts'
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
import { storeUnavailable } from '../unavailable.ts'
import { findLostFile, isPartlyKept, type KnownFiles, rememberFiles } from './file-identity.ts'
import { FileReader } from './file-reader.ts'
import { requireFreeSpace } from './free-space.ts'
import type { LogReader } from './log-reader.ts'
import { openFile } from './open-file.ts'
import { readInTurns } from './revision-turns.ts'
import { purgeFile, rewriteRows } from './rewrite-rows.ts'
import { toStoreError } from './sqlite-errors.ts'
import { unusableFile } from './unusable-file.ts'
import { AppendQueue } from './writer/append-queue.ts'
import { monotonicMs } from './writer/messages.ts'
import { remoteWriter, type WriterChannel } from './writer/remote-writer.ts'
import type { SharedWriter } from './writer/shared-writer.ts'
import type { CreateWriter } from './writer/writer.ts'
import { WriterClient } from './writer/writer-client.ts'

const CACHE_KIB = 64 * 1024
const BULK_CACHE_KIB = 16 * 1024

/** How often the store looks at the names of its files, in milliseconds. */
const WATCH_MS = 1_000

/** How long `close` waits for the appends that were begun, in milliseconds. */
const DRAIN_MS = 5_000

interface OpenOptions {
  /** Whether one long run of reads or writes follows, in a process that should use little memory. Default: false. */
  readonly isForBulk?: boolean
}

/** The file of another process, which also writes the appends of this one. */
export interface WorkerFile extends SharedState {
  readonly channel: WriterChannel
}

/** The part of an open store that its workers share. It can be sent to another process. */
export interface SharedState {
  /** The files as they are open. The workers must open the same ones. */
  readonly files: KnownFiles
  /** The time of the store's clock, and that of `monotonicMs` at the same moment. */
  readonly clock: { readonly time: number; readonly at: number }
}

/**
 * Opens the log in a SQLite file. Creates the file if it does not exist. Only its owner may access it. Throws if the
 * file cannot be opened or belongs to another program. Several processes of one machine may open one file.
 */
export function openSqliteStore(path: string, options: OpenOptions = {}): UpgradableStore {
  return open(resolve(path), options)
}

/** Opens a file as `openSqliteStore` does, and shares its writer with the workers of this process. */
export function openSharedStore(path: string, shared: SharedWriter): SharedStore {
  return open(resolve(path), { shared })
}

/**
 * Opens the log in a file that another process has opened. It reads the file itself, and sends its appends to the other
 * process, which also makes the checkpoints.
 */
export function openWorkerStore(path: string, worker: WorkerFile): UpgradableStore {
  return open(resolve(path), { worker })
}

/** The store of a process that writes for its workers, too. */
export interface SharedStore extends UpgradableStore {
  readonly shared: SharedState
}

function open(path: string, how: Opening): SqliteStore {
  try {
    return new SqliteStore(path, how)
  } catch (error) {
    throw unusableFile(error)
  }
}

type Opening = OpenOptions & { readonly shared?: SharedWriter; readonly worker?: WorkerFile }

class SqliteStore implements SharedStore {
  readonly #path: string
  readonly #files: KnownFiles
  readonly #isWorker: boolean
  readonly #reader: FileReader
  readonly #appends: AppendQueue
  readonly #appendHealth: AppendHealth
  readonly #watch: NodeJS.Timeout
  // A file has no clock, so the time at its opening goes on.
  readonly #clock = new ReferenceClock()
  #lost: Error | undefined
  #leaving: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(path: string, { isForBulk = false, shared, worker }: Opening) {
    // Before it opens the file: SQLite would apply the write-ahead log of the old file to a new one.
    if (worker) requireFiles(worker.files)
    const db = openFile(path, isForBulk ? BULK_CACHE_KIB : CACHE_KIB)
    this.#path = path
    this.#isWorker = worker !== undefined
    // The wall clock may have jumped since the primary process opened the file.
    if (worker) this.#clock.set(worker.clock.time + monotonicMs() - worker.clock.at)
    this.#reader = new FileReader(db)
    this.#files = worker?.files ?? rememberFiles(path, db.location() ?? path)
    const settings = { path, files: this.#files }
    const ownWriter: CreateWriter = (events) => new WriterClient(settings, events)
    this.#appends = new AppendQueue({
      createWriter: worker ? remoteWriter(worker.channel) : (shared?.create(settings) ?? ownWriter),
      ...{ form: () => this.#reader.form, isBounded: !isForBulk },
      onLost: (problem) => this.#lose(problem),
    })
    this.#appendHealth = new AppendHealth({ probe: () => this.#probe(path) })
    this.#watch = setInterval(() => this.#checkFiles(), WATCH_MS).unref()
  }

  get shared(): SharedState {
    return { files: this.#files, clock: { time: this.now(), at: monotonicMs() } }
  }

  get form(): Form {
    return this.#appends.form === 3 ? 3 : this.#reader.form
  }

  async append(entry: Entry): Promise<AppendResult> {
    return (await this.appendAll([entry])) === 1 ? 'appended' : 'generation-taken'
  }

  async appendAll(entries: readonly Entry[]): Promise<number> {
    if (!entries.every(fitsForm2)) await this.checkUpgrade()
    return this.#appendHealth.observe(this.#appends.add(entries))
  }

  readHead(service: ServiceId, generation?: number): Promise<FullHeadSnapshot | null> {
    return this.#read((log) => log.head(service, generation))
  }

  lookup(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<LookupResult | null> {
    return this.#read((log) => log.lookup(service, selector, generation))
  }

  lookupForChange(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<FullSnapshot | null> {
    return this.#read((log) => log.lookupForChange(service, selector, generation))
  }

  readRevisions(service: ServiceId, scan: RevisionScan): Promise<RevisionPage | null> {
    const budget = new PageBudget()
    return readInTurns(scan, (part) => this.#read((log) => log.revisions(service, part, budget)))
  }

  readLog(service: ServiceId, page: LogPage): Promise<Entry[]> {
    return this.#read((log) => log.log(service, page))
  }

  readChanges(service: ServiceId, page: ChangesPage): Promise<readonly StoredChange[] | null> {
    return this.#read((log) => log.changes(service, page))
  }

  findGeneration(service: ServiceId, time: number): Promise<number | null> {
    return this.#read((log) => log.generationAt(service, time))
  }

  findRequest(service: ServiceId, requestId: string): Promise<Entry | null> {
    return this.#read((log) => log.request(service, requestId))
  }

  readServices(page: ServicePage): Promise<ServiceList> {
    return this.#read((log) => log.services(page))
  }

  readNamespaces(page: NamespacePage): Promise<string[]> {
    return this.#read((log) => log.namespaces(page))
  }

  countServices(count: ServiceCount): Promise<number> {
    return this.#read((log) => log.serviceCount(count))
  }

  checkStorage(): Promise<readonly string[]> {
    return this.#reader.checkPages()
  }

  audit(): AsyncGenerator<readonly AuditedEntry[]> {
    return this.#reader.audit()
  }

  async rewrite(entries: readonly Entry[]): Promise<number> {
    return this.#inFile((path) => rewriteRows(path, entries))
  }

  async purge(): Promise<readonly string[]> {
    return this.#inFile((path) => purgeFile(path))
  }

  now(): number {
    return this.#clock.now()
  }

  async ping(): Promise<void> {
    await this.#read((log) => log.namespaces({ limit: 1 }))
  }

  checkAppends(): Promise<void> {
    return this.#lost ? Promise.reject(storeUnavailable(this.#lost)) : this.#appendHealth.check()
  }

  async checkUpgrade(): Promise<void> {
    if (this.form === 2) await this.ping()
    if (this.form === 2) throw upgradeNotFinished()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #read<T>(query: (log: LogReader) => T): Promise<T> {
    return this.#lost ? Promise.reject(storeUnavailable(this.#lost)) : this.#reader.read(query)
  }

  // With a connection of its own, because the reader must not write, and the writer's thread only appends.
  #inFile<T>(work: (path: string) => T): T {
    this.#checkFiles()
    if (this.#lost) throw storeUnavailable(this.#lost)
    try {
      return work(this.#path)
    } catch (error) {
      throw toStoreError(error)
    }
  }

  async #probe(path: string): Promise<void> {
    try {
      requireFreeSpace(path)
      await this.#appends.probe()
    } catch (error) {
      throw toStoreError(error)
    }
  }

  async #close(): Promise<void> {
    await this.#appends.drain(new Error('the store is closed'), DRAIN_MS)
    this.#checkFiles()
    clearInterval(this.#watch)
    if (this.#leaving) return this.#leaving
    // The reader comes first, because the last to close the file makes a checkpoint.
    this.#reader.close()
    await this.#appends.end()
  }

  #checkFiles(): void {
    try {
      const problem = findLostFile(this.#files)
      if (problem !== undefined) this.#lose(problem)
    } catch {
      // Nobody can tell now. The writer acknowledges nothing meanwhile, and the next look may tell.
    }
  }

  #lose(problem: string): void {
    if (this.#lost) return
    this.#lost = new Error(problem)
    clearInterval(this.#watch)
    this.#appends.rejectAll(this.#lost)
    this.#leaving = this.#leave()
  }

  // SQLite would apply the write-ahead log to the file that has the name of the main file now. So its content goes into
  // the old file, which is still open, and the log is emptied. Nothing is written into the new file. The process that
  // writes does so, not its workers.
  async #leave(): Promise<void> {
    await this.#appends.end()
    if (!this.#isWorker && isPartlyKept(this.#files)) this.#reader.emptyLog()
    this.#reader.close()
  }
}

function requireFiles(files: KnownFiles): void {
  const problem = findLostFile(files)
  if (problem !== undefined) throw new Error(problem)
}
