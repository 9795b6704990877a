import {
  type Collection,
  type Db,
  MongoClient,
  type MongoClientOptions,
  MongoNetworkError,
  MongoServerSelectionError,
  WriteConcern,
} from 'mongodb'
import { withTimeLimit } from '../../time-limit.ts'
import { ReferenceClock } from '../reference-clock.ts'
import { storeUnavailable } from '../unavailable.ts'
import type { EntryDocument } from './documents.ts'
import { isOutage } from './errors.ts'
import { chooseReadConcern } from './read-concern.ts'
import { followServerClock, setFromHello } from './server-clock.ts'

/** The database if the connection string does not name one. */
const DEFAULT_DATABASE = 'waypost'

/** The longest time that the server may take for one operation, in milliseconds. */
export const OPERATION_TIMEOUT_MS = 4_000

// The driver's timeouts limit its connections. They do not limit its operations, which it tries twice.
const DRIVER_TIMEOUT_MS = 2_000

/** A client of the driver, and its handle of the log's collection. */
interface Connected {
  readonly client: MongoClient
  readonly entries: Collection<EntryDocument>
}

/** The connection to a deployment. It can be renewed while it is in use. */
export class MongoConnection {
  /** The clock of the deployment. */
  readonly clock: ReferenceClock
  readonly #uri: string
  #connected: Connected
  #renewing: Promise<void> | undefined
  readonly #retired = new Set<MongoClient>()
  #isClosed = false

  private constructor(uri: string, connected: Connected, clock: ReferenceClock) {
    this.clock = clock
    this.#uri = uri
    this.#connected = connected
  }

  /**
   * Connects to a deployment. Rejects if it cannot be reached. Options for commands that take long replace those of the
   * connection string.
   */
  static async open(uri: string, options: MongoClientOptions = {}): Promise<MongoConnection> {
    const clock = new ReferenceClock()
    return new MongoConnection(uri, await connect(uri, clock, options), clock)
  }

  get entries(): Collection<EntryDocument> {
    return this.#connected.entries
  }

  /** The database of the log. */
  get db(): Db {
    return this.#connected.client.db(this.entries.dbName)
  }

  /**
   * Resolves if the deployment answers. The driver repeats a read whose connection broke, but not this command. Without
   * its second try, the first ping after an outage would fail.
   */
  async ping(): Promise<void> {
    const ping = () => this.#connected.client.db('admin').command({ ping: 1 })
    await ping().catch((error: unknown) => {
      if (error instanceof MongoNetworkError) return ping()
      throw error
    })
  }

  /** Runs an operation within the time limit. Rejects with `STORE_UNAVAILABLE` if the deployment does not answer. */
  async bounded<T>(operation: () => Promise<T>): Promise<T> {
    try {
      const late = () => storeUnavailable(new Error(`the deployment did not answer within ${OPERATION_TIMEOUT_MS} ms`))
      return await withTimeLimit(operation(), { ms: OPERATION_TIMEOUT_MS, late })
    } catch (error) {
      if (error instanceof MongoServerSelectionError) this.renew()
      throw isOutage(error) ? storeUnavailable(error) : error
    }
  }

  /**
   * Replaces the client by a new one, if a new one can connect. A client whose connections were all cut at once
   * sometimes never looks for its servers again (seen with version 7.9 of the driver).
   */
  renew(): void {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#renewing
    await Promise.all([this.#connected.client, ...this.#retired].map((client) => client.close()))
  }

  async #renew(): Promise<void> {
    const renewed = await connect(this.#uri, this.clock).catch(() => undefined)
    if (renewed === undefined) return
    if (this.#isClosed) return renewed.client.close()
    this.#retire(this.#connected.client)
    this.#connected = renewed
  }

  // Operations may still be running on the old client, because it may have found its servers in the meantime.
  #retire(client: MongoClient): void {
    this.#retired.add(client)
    setTimeout(() => {
      this.#retired.delete(client)
      void client.close()
    }, OPERATION_TIMEOUT_MS).unref()
  }
}

async function connect(uri: string, clock: ReferenceClock, options: MongoClientOptions = {}): Promise<Connected> {
  const client = new MongoClient(uri, { appName: 'waypost', ...timeouts(uri), ...options })
  followServerClock(client, clock)
  try {
    await client.connect()
    const hello = await client.db('admin').command({ hello: 1 })
    setFromHello(clock, hello)
    const entries = client.db(hasDatabase(uri) ? undefined : DEFAULT_DATABASE).collection<EntryDocument>('entries', {
      readPreference: 'primary',
      readConcern: chooseReadConcern(client.options, hello),
      writeConcern: new WriteConcern('majority', OPERATION_TIMEOUT_MS, true),
    })
    return { client, entries }
  } catch (error) {
    await client.close()
    throw error
  }
}

// An option given here overrides the connection string, so only the options that it does not name are given.
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
