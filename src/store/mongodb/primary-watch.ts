import type { MongoClient, TopologyDescription } from 'mongodb'
import { isWorthRetrying } from './errors.ts'

// The types of servers that accept writes. The driver exports no constants for them.
const ELECTED = 'RSPrimary'
const WRITABLE: ReadonlySet<string> = new Set([ELECTED, 'Standalone', 'Mongos', 'LoadBalancer'])

// A busy process notices everything later.
const MARGIN_MS = 750

const PAUSE_MS = 20

/** The latest moment at which the driver should talk to a server again, by `performance.now()`. */
type DueTimes = Map<string, number>

/** Tells whether a client of the driver knows a server that accepts writes, and whether it still looks for servers. */
export class PrimaryWatch {
  #isKnown = false
  #term: string | undefined
  #caughtUp: string | undefined
  #catchingUp: Promise<void> | undefined
  readonly #due: DueTimes = new Map()
  readonly #client: MongoClient
  #asking: Promise<boolean> | undefined

  constructor(client: MongoClient) {
    this.#client = client
    const { connectTimeoutMS, heartbeatFrequencyMS } = client.options
    const expect = (server: string, ms: number) => this.#due.set(server, performance.now() + ms + MARGIN_MS)
    client.on('topologyDescriptionChanged', ({ newDescription }) => this.#update(newDescription))
    client.on('serverClosed', ({ address }) => this.#due.delete(address))
    client.on('serverHeartbeatStarted', ({ connectionId, awaited }) =>
      expect(connectionId, connectTimeoutMS + (awaited ? heartbeatFrequencyMS : 0)),
    )
    client.on('serverHeartbeatSucceeded', ({ connectionId }) => expect(connectionId, heartbeatFrequencyMS))
    // While an operation waits for a server, the driver asks again within half a second.
    client.on('serverHeartbeatFailed', ({ connectionId }) => expect(connectionId, connectTimeoutMS))
  }

  /** Whether the client knows a server that accepts writes. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  /**
   * The server that answers reads, and its election. While the client knows none, this is the last one that it knew.
   * Undefined: it has never known one.
   */
  get term(): string | undefined {
    return this.#term
  }

  /**
   * Whether reads with `majority` see all that was acknowledged. A member that was just elected has all of it, but does not
   * know yet that a majority has it, so these reads show the past. A read with `linearizable` waits until it knows.
   */
  get isCaughtUp(): boolean {
    return this.#term === undefined || this.#term === this.#caughtUp
  }

  /** Waits until reads see all that was acknowledged. `read` reads with `linearizable`, and rejects if that takes long. */
  catchUp(read: () => Promise<unknown>): Promise<void> {
    this.#catchingUp ??= this.#catchUp(read).finally(() => {
      this.#catchingUp = undefined
    })
    return this.#catchingUp
  }

  /** Whether the client has stopped to look for one of its servers while operations wait for it. */
  get isStuck(): boolean {
    const now = performance.now()
    return !this.isKnown && [...this.#due.values()].some((due) => due < now)
  }

  /**
   * Resolves with true once a server that accepts writes has answered, or with false if that takes longer. If the client
   * knows one, it resolves at once.
   */
  async found(ms: number): Promise<boolean> {
    const end = performance.now() + ms
    while (!this.isKnown && performance.now() < end) {
      this.#asking ??= this.#ask(end - performance.now()).finally(() => {
        this.#asking = undefined
      })
      if (!(await this.#asking)) return this.isKnown
    }
    return this.isKnown
  }

  // The driver looks for servers soon only if an operation waits for one. Resolves with false if it has found none.
  async #ask(ms: number): Promise<boolean> {
    try {
      await this.#client.db('admin').command({ ping: 1 }, { signal: AbortSignal.timeout(Math.ceil(ms)) })
    } catch (error) {
      if (!isWorthRetrying(error)) return false
    }
    if (!this.isKnown) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    return true
  }

  async #catchUp(read: () => Promise<unknown>): Promise<void> {
    const term = this.#term
    await read()
    this.#caughtUp = term
  }

  #update({ type: topology, servers }: TopologyDescription): void {
    const writable = [...servers.values()].find(({ type }) => WRITABLE.has(type))
    this.#isKnown = writable !== undefined
    // Over a direct connection, the driver reads from any member. No read with `linearizable` succeeds there.
    const [only] = topology === 'Single' ? servers.values() : []
    const read = writable ?? (only?.type === 'Unknown' ? undefined : only)
    if (read === undefined) return
    this.#term = `${read.address} ${read.electionId?.toHexString() ?? ''} ${read.type}`
    // The others elect nobody, or hide their elections.
    if (writable !== undefined && writable.type !== ELECTED) this.#caughtUp = this.#term
  }
}
