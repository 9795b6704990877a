import {
  type Collection,
  type Filter,
  type FindOptions,
  MongoClient,
  type MongoClientOptions,
  MongoServerError,
  ReadConcern,
  type ReadConcernLevel,
  WriteConcern,
} from 'mongodb'
import type { Entry, Snapshot } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import type { AppendResult, Store } from '../store.ts'
import { storeUnavailable } from '../unavailable.ts'
import { type EntryDocument, toDocument, toEntry } from './documents.ts'

/** The database where the connection string names none. */
export const DEFAULT_DATABASE = 'waypost'

// The driver's timers bound its connections, not its operations, which it tries twice: those are bounded here.
const DRIVER_TIMEOUT_MS = 2_000
const OPERATION_TIMEOUT_MS = 4_000
const RETRY_DELAY_MS = 50
const DUPLICATE_KEY = 11000
const NEWEST_FIRST: FindOptions = { sort: { generation: -1 } }
// A linearizable read waits for a majority, which may not be there.
const BOUNDED: FindOptions = { maxTimeMS: OPERATION_TIMEOUT_MS }

/**
 * Connects to the deployment that the connection string names, and makes the log's collection and indexes where they
 * don't exist. Throws where it can't be reached. What the connection string says of timeouts and of the read concern
 * is kept; writes are always acknowledged by the majority's journals, and reads always go to the primary.
 */
export async function openMongoStore(uri: string): Promise<Store> {
  const client = new MongoClient(uri, { appName: 'waypost', ...timeouts(uri) })
  try {
    await client.connect()
    const database = client.db(hasDatabase(uri) ? undefined : DEFAULT_DATABASE)
    const entries = database.collection<EntryDocument>('entries', {
      readPreference: 'primary',
      readConcern: client.options.readConcern ?? new ReadConcern(await strongestReadConcern(client)),
      writeConcern: new WriteConcern('majority', OPERATION_TIMEOUT_MS, true),
    })
    await createIndexes(entries)
    return new MongoStore(client, entries)
  } catch (error) {
    await client.close()
    throw error
  }
}

// The driver prefers an option given here to the connection string's, so only what that does not name is given.
function timeouts(uri: string): MongoClientOptions {
  const named = new Set([...new URLSearchParams(uri.split('?')[1]).keys()].map((key) => key.toLowerCase()))
  const options = ['serverSelectionTimeoutMS', 'connectTimeoutMS', 'socketTimeoutMS', 'waitQueueTimeoutMS']
  return Object.fromEntries(
    options.filter((option) => !named.has(option.toLowerCase())).map((option) => [option, DRIVER_TIMEOUT_MS]),
  )
}

function hasDatabase(uri: string): boolean {
  return /^mongodb(?:\+srv)?:\/\/[^/]+\/[^?]/.test(uri)
}

// Without replicas there is nobody to ask whether this is still the primary, and such a server refuses `linearizable`.
async function strongestReadConcern(client: MongoClient): Promise<ReadConcernLevel> {
  const hello = await client.db('admin').command({ hello: 1 })
  const isReplicated = 'setName' in hello || hello.msg === 'isdbgrid'
  return isReplicated ? 'linearizable' : 'local'
}

// The unique key is the compare-and-set of every change, so nothing may be written before it exists. Both keys begin
// with `service`, which is the shard key where the collection is sharded.
async function createIndexes(entries: Collection<EntryDocument>): Promise<void> {
  await entries.createIndex({ service: 1, generation: 1 }, { unique: true })
  await entries.createIndex({ service: 1, 'revision.tag': 1, generation: 1 })
}

class MongoStore implements Store {
  readonly #client: MongoClient
  readonly #entries: Collection<EntryDocument>
  readonly #appending = new Set<Promise<AppendResult>>()

  constructor(client: MongoClient, entries: Collection<EntryDocument>) {
    this.#client = client
    this.#entries = entries
  }

  async append(entry: Entry): Promise<AppendResult> {
    const appending = translatingErrors(() => this.#appendUntilKnown(entry))
    this.#appending.add(appending)
    try {
      return await appending
    } finally {
      this.#appending.delete(appending)
    }
  }

  lookup(service: ServiceId, tag?: RevisionTag): Promise<Snapshot | null> {
    return translatingErrors(async () => {
      const newest = await this.#find(service, {}, NEWEST_FIRST)
      if (newest === null) return null
      const { generation, time, head } = newest
      const wanted = tag ?? head.defaultTag
      if (wanted === null) return { generation, time, head, revision: null }
      if (wanted === newest.revision.revisionTag) return { generation, time, head, revision: newest.revision }
      // Entries never change, so what holds up to this generation was true at the moment of the first read.
      const touched = await this.#find(
        service,
        { 'revision.tag': wanted, generation: { $lte: generation } },
        NEWEST_FIRST,
      )
      return { generation, time, head, revision: touched?.revision ?? null }
    })
  }

  readLog(service: ServiceId, after: number, limit: number): Promise<Entry[]> {
    return translatingErrors(async () => {
      const filter = { service: formatServiceId(service), generation: { $gt: after } }
      const documents = await this.#entries.find(filter, { ...BOUNDED, sort: { generation: 1 }, limit }).toArray()
      return documents.map((document) => toEntry(service, document))
    })
  }

  ping(): Promise<void> {
    return translatingErrors(async () => {
      await this.#client.db('admin').command({ ping: 1 })
    })
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#appending)
    await this.#client.close()
  }

  async #find(service: ServiceId, filter: Filter<EntryDocument>, options?: FindOptions): Promise<Entry | null> {
    const document = await this.#entries.findOne(
      { service: formatServiceId(service), ...filter },
      { ...BOUNDED, ...options },
    )
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
        if (performance.now() + RETRY_DELAY_MS > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS))
      }
    }
  }

  async #insert(entry: Entry): Promise<AppendResult> {
    try {
      await this.#entries.insertOne(toDocument(entry))
      return 'appended'
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) throw error
      const holder = await this.#find(entry.service, { generation: entry.generation })
      // Not visible yet where the connection string asks for a weaker read concern: then nothing is known yet.
      if (holder === null) throw error
      return holder.id === entry.id ? 'appended' : 'generation-taken'
    }
  }
}

async function translatingErrors<T>(operation: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${OPERATION_TIMEOUT_MS} ms`)), OPERATION_TIMEOUT_MS)
  })
  try {
    return await Promise.race([operation(), expiry])
  } catch (error) {
    throw storeUnavailable(error)
  } finally {
    clearTimeout(timer)
  }
}
