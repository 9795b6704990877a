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
// A linearizable read waits for a majority, which may not be there.
const BOUNDED: FindOptions = { maxTimeMS: OPERATION_TIMEOUT_MS }

/**
 * Connects to the deployment that the connection string names, and makes the log's collection and indexes where they
 * don't exist. Rejects where it can't be reached. What the connection string says of timeouts and of the read concern
 * is kept; writes are always acknowledged by the majority's journals, and reads always go to the primary.
 */
export async function openMongoStore(uri: string): Promise<Store> {
  const connection = await MongoConnection.open(uri)
  try {
    await prepareCollection(connection.entries)
    return new MongoStore(connection)
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** The part of a registration that a scan goes by. */
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
      // Entries never change, so what holds up to this generation was true at the moment of the first read.
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

  // A step into the index for some services at a time, and then behind the last one's namespace, however many it has.
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

  ping(): Promise<void> {
    return this.#bounded(() => this.#connection.ping())
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#appending)
    await this.#connection.close()
  }

  // Closing waits for it.
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

  // A tag that was deleted and registered again is found at its newer registration only.
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

  // Most often nobody else writes. Which of them somebody else was faster with is found out one by one, which sends again
  // what is there already.
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

  // An insert whose answer was lost may have been stored. Sending it again tells: either it is stored now, or the key
  // is taken, and the id of the entry that holds it says by whom.
  async #appendUntilKnown(entry: Entry): Promise<AppendResult> {
    const deadline = performance.now() + OPERATION_TIMEOUT_MS
    for (;;) {
      try {
        return await this.#insert(entry)
      } catch (error) {
        if (!isOutage(error) || performance.now() + MAX_RETRY_DELAY_MS > deadline) throw error
        // At random, so that writers that were in each other's way do not meet again.
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
      // Not visible yet where the connection string asks for a weaker read concern: then nothing is known yet.
      if (holder === null) throw error
      if (holder.id !== entry.id) return 'generation-taken'
      await this.#confirm(entry)
      return 'appended'
    }
  }

  // That the entry is there does not say that a majority has it: the insert may not have waited for that. A write that
  // changes nothing waits for everything before it.
  async #confirm({ id, service, event }: Entry): Promise<void> {
    await this.#connection.entries.updateOne({ _id: id, service: formatServiceId(service) }, { $set: { event } })
  }

  async #bounded<T>(operation: () => Promise<T>): Promise<T> {
    try {
      const late = () => storeUnavailable(new Error(`no answer in ${OPERATION_TIMEOUT_MS} ms`))
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

// What the driver throws, and what it lets through: a socket that the server has ended fails a write with EPIPE, unwrapped
// (seen with the driver's version 7.9).
function isOutage(error: unknown): boolean {
  const isSystemError = error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code))
  return error instanceof MongoError || isSystemError
}
