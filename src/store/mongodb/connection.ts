import {
  type Collection,
  MongoClient,
  type MongoClientOptions,
  ReadConcern,
  type ReadConcernLevel,
  WriteConcern,
} from 'mongodb'
import type { EntryDocument } from './documents.ts'

/** The database where the connection string names none. */
const DEFAULT_DATABASE = 'waypost'

/** How long the server may take for one operation, in milliseconds. */
export const OPERATION_TIMEOUT_MS = 4_000

// The driver's timers bound its connections, not its operations, which it tries twice.
const DRIVER_TIMEOUT_MS = 2_000

/** A client of the driver, and the log's collection through it. */
interface Connected {
  readonly client: MongoClient
  readonly entries: Collection<EntryDocument>
}

/** The connection to a deployment, which can be made anew while it is in use. */
export class MongoConnection {
  readonly #uri: string
  #connected: Connected
  #renewing: Promise<void> | undefined
  readonly #retired = new Set<MongoClient>()
  #isClosed = false

  private constructor(uri: string, connected: Connected) {
    this.#uri = uri
    this.#connected = connected
  }

  /** Rejects where the deployment can't be reached. */
  static async open(uri: string): Promise<MongoConnection> {
    return new MongoConnection(uri, await connect(uri))
  }

  get entries(): Collection<EntryDocument> {
    return this.#connected.entries
  }

  async ping(): Promise<void> {
    await this.#connected.client.db('admin').command({ ping: 1 })
  }

  /**
   * Puts a new client in the place of this one, where a new one can connect. A client whose connections were all cut at
   * once sometimes never looks for its servers again (seen with the driver's version 7.9).
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
    const renewed = await connect(this.#uri).catch(() => undefined)
    if (renewed === undefined) return
    if (this.#isClosed) return renewed.client.close()
    this.#retire(this.#connected.client)
    this.#connected = renewed
  }

  // It may have found its servers by itself in the meantime, and be at work for somebody.
  #retire(client: MongoClient): void {
    this.#retired.add(client)
    setTimeout(() => {
      this.#retired.delete(client)
      void client.close()
    }, OPERATION_TIMEOUT_MS).unref()
  }
}

async function connect(uri: string): Promise<Connected> {
  const client = new MongoClient(uri, { appName: 'waypost', ...timeouts(uri) })
  try {
    await client.connect()
    const entries = client.db(hasDatabase(uri) ? undefined : DEFAULT_DATABASE).collection<EntryDocument>('entries', {
      readPreference: 'primary',
      readConcern: client.options.readConcern ?? new ReadConcern(await strongestReadConcern(client)),
      writeConcern: new WriteConcern('majority', OPERATION_TIMEOUT_MS, true),
    })
    return { client, entries }
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
