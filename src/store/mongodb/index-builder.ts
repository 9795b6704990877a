import { setTimeout as delay } from 'node:timers/promises'
import type { Collection, IndexDescription, IndexDescriptionInfo } from 'mongodb'
import { storeUnavailable } from '../unavailable.ts'
import { MongoConnection } from './connection.ts'
import type { EntryDocument } from './documents.ts'
import { hasCode, INDEX_NOT_FOUND } from './errors.ts'
import { BY_SEARCH_KEY, KEY_INDEXES, nameOf, OBSOLETE_INDEXES, SEARCH_INDEXES } from './indexes.ts'
import { addSearchKeys } from './search-keys.ts'

/** The log to which the builds of indexes are reported. */
export interface IndexLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface IndexBuilderOptions {
  readonly uri: string
  readonly log: IndexLog
  /** Whether the store opens while indexes are made that only lists and request ids need. */
  readonly servesMeanwhile: boolean
  /** Whether the indexes that an older version needs may be dropped. */
  readonly dropsObsolete: boolean
}

const REPORT_AFTER_MS = 500
const REPORT_EVERY_MS = 10_000
const TRY_AGAIN_AFTER_MS = 5_000

// Small collections have their indexes by then, so nobody notices that they were missing.
const MOST_PATIENCE_MS = 1_000

// A build may take hours, and its connection is silent meanwhile.
const NO_TIMEOUT = { socketTimeoutMS: 0, maxPoolSize: 3 } as const

/**
 * Makes the missing indexes of the log. The key indexes come first, and nothing works without them. A read that needs
 * another one rejects with `STORE_UNAVAILABLE` until that one exists. Processes that start at once make each once.
 */
export class IndexBuilder {
  readonly #options: IndexBuilderOptions
  readonly #missing = new Set<string>()
  readonly #stop = new AbortController()
  #connection: MongoConnection | undefined
  #building: Promise<void> = Promise.resolve()

  constructor(options: IndexBuilderOptions) {
    this.#options = options
  }

  /** Resolves when the store may open. */
  async start(connection: MongoConnection): Promise<void> {
    const { ready, isEmpty } = await readIndexes(connection.entries)
    // An index with this key that allows equal values is in the way of the unique one, so making that one fails.
    const isMissing = ({ key, unique = false }: IndexDescription) => {
      const found = ready.get(nameOf(key))
      return found === undefined || (unique && !found.unique)
    }
    const [keys, others] = [KEY_INDEXES.filter(isMissing), SEARCH_INDEXES.filter(isMissing)]
    const obsolete = this.#options.dropsObsolete ? OBSOLETE_INDEXES.filter((name) => ready.has(name)) : []
    if (keys.length + others.length + obsolete.length === 0) return
    // Indexes of an empty collection take no time.
    if (isEmpty) return this.#make(connection, [...keys, ...others])
    for (const { key } of others) this.#missing.add(nameOf(key))
    this.#connection = await MongoConnection.open(this.#options.uri, NO_TIMEOUT)
    await this.#make(this.#connection, keys)
    const make = () => this.#makeOthers(this.#connection as MongoConnection, others, obsolete)
    if (!this.#options.servesMeanwhile) return make()
    this.#building = this.#untilDone(make)
    await Promise.race([this.#building, delay(MOST_PATIENCE_MS, undefined, { ref: false })])
  }

  /** Throws `STORE_UNAVAILABLE` if an index does not exist yet. */
  require(key: IndexDescription['key']): void {
    if (this.#missing.size === 0 || !this.#missing.has(nameOf(key))) return
    throw storeUnavailable(new Error(`the index ${nameOf(key)} is still being made`))
  }

  /** Stops to wait for a build, which MongoDB finishes by itself. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#connection?.close()
    await this.#building
  }

  async #makeOthers(connection: MongoConnection, others: readonly IndexDescription[], obsolete: readonly string[]) {
    const { entries } = connection
    if (others.some(({ key }) => key === BY_SEARCH_KEY)) await addSearchKeys(entries)
    await this.#make(connection, others)
    this.#missing.clear()
    for (const name of obsolete) await dropIndex(entries, name)
    if (obsolete.length > 0) this.#options.log.info({ indexes: obsolete }, 'dropped indexes that are no longer used')
  }

  async #untilDone(make: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        return await make()
      } catch (error) {
        if (signal.aborted) return
        this.#options.log.warn({ err: error }, 'the indexes could not be made, which is tried again')
        await delay(TRY_AGAIN_AFTER_MS, undefined, { signal, ref: false }).catch(() => {})
      }
    }
  }

  // One command makes all of them in one scan. A member that is down does not keep them from being used.
  async #make({ db, entries }: MongoConnection, indexes: readonly IndexDescription[]): Promise<void> {
    if (indexes.length === 0) return
    const { log } = this.#options
    const names = indexes.map(({ key }) => nameOf(key))
    const start = performance.now()
    const seconds = () => Math.round((performance.now() - start) / 1_000)
    const tell = (message: string) => log.info({ indexes: names, seconds: seconds() }, message)
    const first = setTimeout(() => tell('making indexes'), REPORT_AFTER_MS).unref()
    const more = setInterval(() => tell('still making indexes'), REPORT_EVERY_MS).unref()
    try {
      const { setName, msg } = await db.admin().command({ hello: 1 })
      const isReplicated = setName !== undefined || msg === 'isdbgrid'
      await entries.createIndexes([...indexes], isReplicated ? { commitQuorum: 'majority' } : {})
      tell('made indexes')
    } finally {
      clearTimeout(first)
      clearInterval(more)
    }
  }
}

// The list of indexes has those that are still being made, too.
async function readIndexes(entries: Collection<EntryDocument>) {
  const listed = await entries.listIndexes().toArray()
  // There is one for each shard.
  const stats = await entries.aggregate([{ $collStats: { storageStats: {} } }]).toArray()
  const unfinished = new Set(stats.flatMap(({ storageStats }) => storageStats.indexBuilds ?? []))
  const byKey = listed.map((index): [string, IndexDescriptionInfo] => [nameOf(index.key), index])
  const ready = new Map(byKey.filter(([name]) => !unfinished.has(name)))
  return { ready, isEmpty: stats.every(({ storageStats }) => storageStats.count === 0) }
}

// Another process may have dropped it.
async function dropIndex(entries: Collection<EntryDocument>, name: string): Promise<void> {
  try {
    await entries.dropIndex(name)
  } catch (error) {
    if (!hasCode(error, INDEX_NOT_FOUND)) throw error
  }
}
