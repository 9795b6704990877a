import { type Collection, type Db, MongoClient, type MongoClientOptions, WriteConcern } from 'mongodb'
import { withTimeLimit } from '../../time-limit.ts'
import { ReferenceClock } from '../reference-clock.ts'
import { storeUnavailable } from '../unavailable.ts'
import type { EntryDocument } from './documents.ts'
import { isWorthRetrying, toStoreError } from './errors.ts'
import { PrimaryWatch } from './primary-watch.ts'
import { chooseReadConcern } from './read-concern.ts'
import { followServerClock, setFromHello } from './server-clock.ts'

/** The database if the connection string does not name one. */
const DEFAULT_DATABASE = 'waypost'

/** The longest time that a caller of the store waits for one operation, in milliseconds. */
const OPERATION_TIMEOUT_MS = 4_000

// The driver's timeouts limit its connections. They do not limit its operations, which also wait for a server.
const DRIVER_TIMEOUT_MS = 2_000

const HEARTBEAT_MS = 1_000

/**
 * The longest time that a server may work on one command, in milliseconds. It is below the timeout of the socket, so
 * nothing goes on in the database after the connection was given up.
 */
export const COMMAND_TIMEOUT_MS = 1_800

/** The same for a write. It is longer than the wait for a majority, whose end is worth a second try. */
export const WRITE_TIMEOUT_MS = COMMAND_TIMEOUT_MS + 100

// A second try that begins later could go on after its caller was answered.
const LAST_TRY_AFTER_MS = OPERATION_TIMEOUT_MS - WRITE_TIMEOUT_MS

const MAX_PAUSE_MS = 100

const DEFAULTS: MongoClientOptions = {
  appName: 'waypost',
  serverSelectionTimeoutMS: DRIVER_TIMEOUT_MS,
  connectTimeoutMS: DRIVER_TIMEOUT_MS,
  socketTimeoutMS: DRIVER_TIMEOUT_MS,
  waitQueueTimeoutMS: DRIVER_TIMEOUT_MS,
  // The driver sometimes looks for a lost server only when the next heartbeat is due (seen with version 7.9).
  heartbeatFrequencyMS: HEARTBEAT_MS,
  // This file decides how long operations are repeated.
  retryReads: false,
  retryWrites: false,
}

// The connection string may name others, but the log never uses them.
const ALWAYS = {
  readPreference: 'primary',
  writeConcern: new WriteConcern('majority', COMMAND_TIMEOUT_MS, true),
} as const

/** A client of the driver, and its handle of the log's collection. */
interface Connected {
  readonly client: MongoClient
  readonly primary: PrimaryWatch
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
  readonly #running = new Set<Promise<unknown>>()
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
    return this.#connected.client.db(this.entries.dbName, ALWAYS)
  }

  /** Resolves if the deployment answers. */
  async ping(): Promise<void> {
    await this.#connected.client.db('admin').command({ ping: 1, maxTimeMS: COMMAND_TIMEOUT_MS })
  }

  /**
   * Runs a read within the time limit, and runs it again if its connection broke or another server became the primary.
   * Rejects with `STORE_UNAVAILABLE` if the deployment does not answer.
   */
  bounded<T>(read: () => Promise<T>): Promise<T> {
    return this.limited(async (tries) => {
      for (;;) {
        try {
          const connected = this.#connected
          const { primary } = connected
          while (!primary.isCaughtUp) await catchUp(connected)
          const { term } = primary
          const answer = await read()
          // Another member may have been elected, which did not show everything yet.
          if (this.#connected === connected && primary.term === term) return answer
        } catch (error) {
          if (!(await tries.mayRepeat(error))) throw error
        }
      }
    })
  }

  /** As `bounded`, for an operation that decides itself what it repeats. */
  async limited<T>(operation: (tries: Tries) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw storeUnavailable(new Error('the store was closed'))
    const running = operation(new Tries(() => this.#connected.primary))
    this.#running.add(running)
    try {
      return await withTimeLimit(running, { ms: OPERATION_TIMEOUT_MS, late })
    } catch (error) {
      if (this.#connected.primary.isStuck) this.renew()
      throw toStoreError(error)
    } finally {
      this.#running.delete(running)
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

  /** Waits for the operations in progress, then closes the client. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#running)
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

/** The tries of one operation, which together stay within its time limit. */
export class Tries {
  readonly #start = performance.now()
  readonly #primary: () => PrimaryWatch
  #count = 0

  constructor(primary: () => PrimaryWatch) {
    this.#primary = primary
  }

  /** The time that is left until the caller gets an answer, in milliseconds. */
  get leftMs(): number {
    return this.#start + OPERATION_TIMEOUT_MS - performance.now()
  }

  /** Resolves with true when the operation should be tried again, or with false if that makes no sense. */
  async mayRepeat(error: unknown): Promise<boolean> {
    if (!isWorthRetrying(error)) return false
    // The pause is random, because writers that collided would collide again after equal pauses.
    const longest = Math.min(MAX_PAUSE_MS, 5 * 2 ** this.#count++)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * longest))
    const leftMs = this.#start + LAST_TRY_AFTER_MS - performance.now()
    return leftMs > 0 && this.#primary().found(leftMs)
  }
}

function catchUp({ primary, entries }: Connected): Promise<void> {
  const nothing = { service: '', generation: 0 }
  const linearizable = { readConcern: { level: 'linearizable' }, maxTimeMS: COMMAND_TIMEOUT_MS } as const
  return primary.catchUp(() => entries.findOne(nothing, linearizable))
}

function late(): Error {
  return storeUnavailable(new Error(`the deployment did not answer within ${OPERATION_TIMEOUT_MS} ms`))
}

async function connect(uri: string, clock: ReferenceClock, options: MongoClientOptions = {}): Promise<Connected> {
  const client = new MongoClient(uri, { ...unlessNamed(uri, DEFAULTS), ...options })
  const primary = new PrimaryWatch(client)
  followServerClock(client, clock)
  try {
    await client.connect()
    const hello = await client.db('admin').command({ hello: 1 })
    setFromHello(clock, hello)
    const entries = client.db(hasDatabase(uri) ? undefined : DEFAULT_DATABASE).collection<EntryDocument>('entries', {
      ...ALWAYS,
      readConcern: chooseReadConcern(client.options, hello),
    })
    const connected = { client, primary, entries }
    // If there is no majority now, reads try it again.
    if (!primary.isCaughtUp) await catchUp(connected).catch(() => {})
    return connected
  } catch (error) {
    await client.close()
    throw error
  }
}

// An option given here overrides the connection string, so only the options that it does not name are given.
function unlessNamed(uri: string, options: MongoClientOptions): MongoClientOptions {
  const named = new Set([...new URLSearchParams(uri.split('?')[1]).keys()].map((key) => key.toLowerCase()))
  return Object.fromEntries(Object.entries(options).filter(([option]) => !named.has(option.toLowerCase())))
}

function hasDatabase(uri: string): boolean {
  return /^mongodb(?:\+srv)?:\/\/[^/]+\/[^?]/.test(uri)
}
