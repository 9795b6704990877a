import { type Filter, type FindOptions, MongoError, MongoServerError, MongoServerSelectionError } from 'mongodb'
import type { Entry, HeadSnapshot, Revision, Snapshot } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, parseServiceReference, type ServiceId } from '../../domain/sruid.ts'
import { withTimeLimit } from '../../time-limit.ts'
import { selectedTag } from '../selected-tag.ts'
import { aboveNamespace, abovePrefix, firstBehind } from '../service-order.ts'
import {
  type AppendResult,
  type LogPage,
  type NamespacePage,
  type RevisionPage,
  type RevisionScan,
  type RevisionSelector,
  type ServicePage,
  type ServiceSnapshot,
  type Store,
  theDefault,
} from '../store.ts'
import { storeUnavailable } from '../unavailable.ts'
import { MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts'
import { type EntryDocument, toDocument, toEntry } from './documents.ts'
import { prepareCollection } from './prepare-collection.ts'
import { toQuery } from './scan-query.ts'

const MAX_RETRY_DELAY_MS = 100
const DUPLICATE_KEY = 11000
const INSERTS_AT_ONCE = 100
const NAMESPACES_AT_ONCE = 100
const NEWEST_FIRST: FindOptions = { sort: { generation: -1 } }
// A linearizable read waits for a majority of the servers, which may be unreachable.
const BOUNDED: FindOptions = { maxTimeMS: OPERATION_TIMEOUT_MS }

/**
 * Connects to the deployment that the connection string names, and makes the log's collection and its indexes if they
 * do not exist. Rejects if it cannot be reached. The connection string may set timeouts and the read concern. Writes
 * are always acknowledged by the journals of a majority, and reads always go to the primary.
 */
export async function openMongoStore(uri: string): Promise<Store> {
  try {
    return await open(uri)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause)
    const message = `the deployment cannot be used (${why}); check the connection string, and that the deployment runs.`
    throw new Error(message, { cause })
  }
}

async function open(uri: string): Promise<Store> {
  const connection = await MongoConnection.open(uri)
  try {
    await prepareCollection(connection.entries)
    return new MongoStore(connection)
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** The part of a registration that a scan reads. */
type Registered = NonNullable<RevisionPage['last']>

class MongoStore implements Store {
  readonly #connection: MongoConnection
  readonly #appending = new Set<Promise<unknown>>()

  constructor(connection: MongoConnection) {
    this.#connection = connection
  }

  append(entry: Entry): Promise<AppendResult> {
    return this.#whileOpen(() => this.#bounded(() => this.#appendUntilKnown(entry)))
  }

  appendAll(entries: readonly Entry[]): Promise<number> {
    return this.#whileOpen(async () => {
      if (await this.#insertAll(entries)) return entries.length
      for (const [index, entry] of entries.entries()) {
        if ((await this.#bounded(() => this.#appendUntilKnown(entry))) !== 'appended') return index
      }
      return entries.length
    })
  }

  readHead(service: ServiceId): Promise<HeadSnapshot | null> {
    return this.#bounded(async () => {
      const newest = await this.#find(service, {}, NEWEST_FIRST)
      return newest && { generation: newest.generation, time: newest.time, head: newest.head }
    })
  }

  lookup(service: ServiceId, selector: RevisionSelector): Promise<Snapshot | null> {
    return this.#bounded(() => this.#lookup(service, selector))
  }

  readRevisions(service: ServiceId, scan: RevisionScan): Promise<RevisionPage | null> {
    return this.#bounded(async () => {
      const at = await this.#find(
        service,
        scan.generation === undefined ? {} : { generation: scan.generation },
        NEWEST_FIRST,
      )
      if (at === null) return null
      const { generation, time, head } = at
      const keys = await this.#registrations(service, scan, generation)
      // Entries never change, so later reads up to this generation see the state of the first read.
      const found = await Promise.all(keys.map((key) => this.#revisionOf(service, key, at)))
      const last = keys.length < scan.limit ? null : (keys.at(-1) ?? null)
      return { generation, time, head, revisions: found.filter((revision) => revision !== null), last }
    })
  }

  readLog(service: ServiceId, { after, limit }: LogPage): Promise<Entry[]> {
    return this.#bounded(async () => {
      const filter = { service: formatServiceId(service), generation: { $gt: after } }
      const options = { ...BOUNDED, sort: { generation: 1 }, limit } as const
      const documents = await this.#connection.entries.find(filter, options).toArray()
      return documents.map((document) => toEntry(service, document))
    })
  }

  findRequest(service: ServiceId, requestId: string): Promise<Entry | null> {
    const key = { requestOf: formatServiceId(service), 'request.id': requestId }
    return this.#bounded(() => this.#find(service, key, { sort: { generation: 1 } }))
  }

  readServices({ prefix = '', after = '', limit }: ServicePage): Promise<ServiceSnapshot[]> {
    return this.#bounded(async () => {
      const services = await this.#services(firstBehind(prefix, after), abovePrefix(prefix), limit)
      const snapshots = await Promise.all(services.map((service) => this.#lookup(service, theDefault)))
      return services.flatMap((service, index) => {
        const snapshot = snapshots[index]
        return snapshot ? [{ service, ...snapshot }] : []
      })
    })
  }

  // Reads some services at a time, and then skips the rest of the last one's namespace, however many services that has.
  readNamespaces({ after = '', limit }: NamespacePage): Promise<string[]> {
    return this.#bounded(async () => {
      const found = new Set<string>()
      for (let last = after; found.size < limit; ) {
        const from = last === '' ? '' : aboveNamespace(last)
        const services = await this.#services(from, abovePrefix(''), NAMESPACES_AT_ONCE)
        for (const { namespace } of services) found.add(namespace)
        if (services.length < NAMESPACES_AT_ONCE) break
        last = services.at(-1)?.namespace ?? ''
      }
      return [...found].slice(0, limit)
    })
  }

  now(): number {
    return this.#connection.clock.now()
  }

  ping(): Promise<void> {
    return this.#bounded(() => this.#connection.ping())
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#appending)
    await this.#connection.close()
  }

  // `close` waits for the appends in this set.
  async #whileOpen<T>(append: () => Promise<T>): Promise<T> {
    const appending = append()
    this.#appending.add(appending)
    try {
      return await appending
    } finally {
      this.#appending.delete(appending)
    }
  }

  async #lookup(service: ServiceId, selector: RevisionSelector): Promise<Snapshot | null> {
    const newest = await this.#find(service, {}, NEWEST_FIRST)
    if (newest === null) return null
    const { generation, time, head, revision } = newest
    const tag = selectedTag(head, selector)
    if (tag === null) return { generation, time, head, revision: null }
    if (tag === revision?.revisionTag) return { generation, time, head, revision }
    return { generation, time, head, revision: await this.#revisionAt(service, tag, generation) }
  }

  async #revisionAt(service: ServiceId, tag: RevisionTag, generation: number): Promise<Revision | null> {
    const upToThen = { 'revision.tag': tag, generation: { $lte: generation } }
    return (await this.#find(service, upToThen, NEWEST_FIRST))?.revision ?? null
  }

  // Null if the tag was deleted, or registered again after that: then its newer registration finds it.
  async #revisionOf(service: ServiceId, { revisionTag, ordinal }: Registered, at: Entry): Promise<Revision | null> {
    const isNewest = at.revision?.revisionTag === revisionTag
    const revision = isNewest ? at.revision : await this.#revisionAt(service, revisionTag, at.generation)
    return revision?.ordinal === ordinal && !revision.lifecycle.isDeleted ? revision : null
  }

  async #registrations(service: ServiceId, scan: RevisionScan, generation: number): Promise<Registered[]> {
    const { filter, sort } = toQuery(formatServiceId(service), scan)
    const documents = await this.#connection.entries
      .find(
        { $and: [...filter, { 'registration.ordinal': { $lte: generation } }] },
        { ...BOUNDED, sort, limit: scan.limit },
      )
      .project<Pick<EntryDocument, 'registration' | 'revision'>>({ registration: 1, 'revision.tag': 1 })
      .toArray()
    return documents.map(({ registration, revision }) => ({
      revisionTag: revision?.tag as RevisionTag,
      registeredAt: registration?.at.getTime() ?? 0,
      ordinal: registration?.ordinal ?? 0,
    }))
  }

  async #services(from: string, to: string, limit: number): Promise<ServiceId[]> {
    const documents = await this.#connection.entries
      .find({ opens: { $gte: from, $lt: to } }, { ...BOUNDED, sort: { opens: 1 }, limit })
      .project<{ opens: string }>({ opens: 1 })
      .toArray()
    return documents.map(({ opens }) => parseServiceReference(opens).service)
  }

  async #find(service: ServiceId, filter: Filter<EntryDocument>, options?: FindOptions): Promise<Entry | null> {
    const key = { service: formatServiceId(service), ...filter }
    const document = await this.#connection.entries.findOne(key, { ...BOUNDED, ...options })
    return document === null ? null : toEntry(service, document)
  }

  // Resolves false if another writer has taken one of the generations, which is rare. The caller then appends the
  // entries one by one, including those that are already stored.
  async #insertAll(entries: readonly Entry[]): Promise<boolean> {
    for (let at = 0; at < entries.length; at += INSERTS_AT_ONCE) {
      const documents = entries.slice(at, at + INSERTS_AT_ONCE).map(toDocument)
      if (!(await this.#bounded(() => this.#insertMany(documents)))) return false
    }
    return true
  }

  async #insertMany(documents: readonly EntryDocument[]): Promise<boolean> {
    try {
      await this.#connection.entries.insertMany(documents, { ordered: true })
      return true
    } catch (error) {
      if (isDuplicate(error)) return false
      throw error
    }
  }

  // An insert whose answer was lost may have been stored. Sending it again finds out: either it is stored now, or the
  // key is taken, and the id of the stored entry shows whether it is this one.
  async #appendUntilKnown(entry: Entry): Promise<AppendResult> {
    const deadline = performance.now() + OPERATION_TIMEOUT_MS
    for (;;) {
      try {
        return await this.#insert(entry)
      } catch (error) {
        if (!isOutage(error) || performance.now() + MAX_RETRY_DELAY_MS > deadline) throw error
        // The delay is random, because writers that collided would collide again after equal delays.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_RETRY_DELAY_MS))
      }
    }
  }

  async #insert(entry: Entry): Promise<AppendResult> {
    try {
      await this.#connection.entries.insertOne(toDocument(entry))
      return 'appended'
    } catch (error) {
      if (!isDuplicate(error)) throw error
      const holder = await this.#find(entry.service, { generation: entry.generation })
      // With a weaker read concern from the connection string, the stored entry may not be visible yet.
      if (holder === null) throw error
      if (holder.id !== entry.id) return 'generation-taken'
      await this.#confirm(entry)
      return 'appended'
    }
  }

  // The entry is stored, but its insert may not have waited for a majority. A write that changes nothing waits for all
  // writes before it.
  async #confirm({ id, service, event }: Entry): Promise<void> {
    await this.#connection.entries.updateOne({ _id: id, service: formatServiceId(service) }, { $set: { event } })
  }

  async #bounded<T>(operation: () => Promise<T>): Promise<T> {
    try {
      const late = () => storeUnavailable(new Error(`the deployment did not answer within ${OPERATION_TIMEOUT_MS} ms`))
      return await withTimeLimit(operation(), { ms: OPERATION_TIMEOUT_MS, late })
    } catch (error) {
      if (error instanceof MongoServerSelectionError) this.#connection.renew()
      throw isOutage(error) ? storeUnavailable(error) : error
    }
  }
}

function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY
}

// The driver throws its own errors. It also passes on system errors, such as EPIPE for a write to a socket that the
// server has closed (seen with version 7.9 of the driver).
function isOutage(error: unknown): boolean {
  const isSystemError = error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code))
  return error instanceof MongoError || isSystemError
}
