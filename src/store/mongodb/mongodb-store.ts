import {
  type Collection,
  type Filter,
  type FindOptions,
  MongoError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'
import type { Entry, Snapshot } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { withTimeLimit } from '../../time-limit.ts'
import type { AppendResult, Store } from '../store.ts'
import { storeUnavailable } from '../unavailable.ts'
import { MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts'
import { type EntryDocument, toDocument, toEntry } from './documents.ts'

const MAX_RETRY_DELAY_MS = 100
const DUPLICATE_KEY = 11000
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
    await createIndexes(connection.entries)
    return new MongoStore(connection)
  } catch (error) {
    await connection.close()
    throw error
  }
}

// The unique key is the compare-and-set of every change, so nothing may be written before it exists. Both keys begin
// with `service`, which is the shard key where the collection is sharded.
async function createIndexes(entries: Collection<EntryDocument>): Promise<void> {
  await entries.createIndex({ service: 1, generation: 1 }, { unique: true })
  await entries.createIndex({ service: 1, 'revision.tag': 1, generation: 1 })
}

class MongoStore implements Store {
  readonly #connection: MongoConnection
  readonly #appending = new Set<Promise<AppendResult>>()

  constructor(connection: MongoConnection) {
    this.#connection = connection
  }

  async append(entry: Entry): Promise<AppendResult> {
    const appending = this.#bounded(() => this.#appendUntilKnown(entry))
    this.#appending.add(appending)
    try {
      return await appending
    } finally {
      this.#appending.delete(appending)
    }
  }

  lookup(service: ServiceId, tag?: RevisionTag): Promise<Snapshot | null> {
    return this.#bounded(async () => {
      const newest = await this.#find(service, {}, NEWEST_FIRST)
      if (newest === null) return null
      const { generation, time, head } = newest
      const wanted = tag ?? head.defaultTag
      if (wanted === null) return { generation, time, head, revision: null }
      if (wanted === newest.revision.revisionTag) return { generation, time, head, revision: newest.revision }
      // Entries never change, so what holds up to this generation was true at the moment of the first read.
      const upToThen = { 'revision.tag': wanted, generation: { $lte: generation } }
      const touched = await this.#find(service, upToThen, NEWEST_FIRST)
      return { generation, time, head, revision: touched?.revision ?? null }
    })
  }

  readLog(service: ServiceId, after: number, limit: number): Promise<Entry[]> {
    return this.#bounded(async () => {
      const filter = { service: formatServiceId(service), generation: { $gt: after } }
      const options = { ...BOUNDED, sort: { generation: 1 }, limit } as const
      const documents = await this.#connection.entries.find(filter, options).toArray()
      return documents.map((document) => toEntry(service, document))
    })
  }

  ping(): Promise<void> {
    return this.#bounded(() => this.#connection.ping())
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#appending)
    await this.#connection.close()
  }

  async #find(service: ServiceId, filter: Filter<EntryDocument>, options?: FindOptions): Promise<Entry | null> {
    const key = { service: formatServiceId(service), ...filter }
    const document = await this.#connection.entries.findOne(key, { ...BOUNDED, ...options })
    return document === null ? null : toEntry(service, document)
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
      if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) throw error
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
      return await withTimeLimit(operation(), OPERATION_TIMEOUT_MS, late)
    } catch (error) {
      if (error instanceof MongoServerSelectionError) this.#connection.renew()
      throw isOutage(error) ? storeUnavailable(error) : error
    }
  }
}

// What the driver throws, and what it lets through: a socket that the server has ended fails a write with EPIPE, unwrapped
// (seen with the driver's version 7.9).
function isOutage(error: unknown): boolean {
  const isSystemError = error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code))
  return error instanceof MongoError || isSystemError
}
