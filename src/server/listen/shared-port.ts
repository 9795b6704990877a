import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../telemetry/logger.ts'
import { connectionRoom } from './descriptors.ts'
import { noneWaits } from './stop.ts'
import { unusableAddress } from './unusable-address.ts'

/** How many connections may be on their way to one worker. A worker that is busy gets no more before it has taken them. */
const MOST_IN_TRANSIT = 2

/** The longest time until the connections that were accepted are taken, once the port is closed, in milliseconds. */
const TAKE_MS = 1_000

const POLL_MS = 5

/** A worker, as the port sees it. */
interface Taker {
  readonly give: (socket: Socket) => void
  /** How many connections it had open when it took the last one. */
  open: number
  /** The connections that it has not taken yet, the oldest first. */
  readonly inTransit: Socket[]
}

/** The place of a worker at the port. */
export interface PortPlace {
  /** The worker has taken the oldest connection that was given to it. `open` is the number of its connections now. */
  taken(open: number): void
  /** The worker is gone. */
  leave(): void
}

/**
 * Accepts the connections of a port, and gives each of them to the worker that has the fewest. A connection waits while
 * no worker can take it, so the port refuses none, even if all workers have died. Nothing is read from a connection
 * before a worker has it.
 */
export class SharedPort {
  readonly #server: Server
  readonly #most = connectionRoom()
  // The first one has had no connection for the longest time.
  readonly #takers = new Set<Taker>()
  readonly #waiting: Socket[] = []

  constructor(log: Logger) {
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#accept(socket))
    this.#server.on('error', (err) => log.warn({ err }, 'a connection could not be accepted'))
  }

  /** Starts to listen. Resolves with its address. Rejects if it cannot listen on the port. */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(unusableAddress(error))
      const others = this.#server.listeners('error') as (() => void)[]
      this.#server.removeAllListeners('error').once('error', fail)
      this.#server.listen(port, host, () => {
        this.#server.off('error', fail)
        for (const each of others) this.#server.on('error', each)
        resolve(this.#server.address() as AddressInfo)
      })
    })
  }

  /** Lets a worker take connections. `give` sends one to it, and keeps it open here. */
  connect(give: (socket: Socket) => void): PortPlace {
    const taker: Taker = { give, open: 0, inTransit: [] }
    this.#takers.add(taker)
    this.#share()
    return {
      taken: (open) => {
        // This process has its own descriptor of the connection until here.
        taker.inTransit.shift()?.destroy()
        taker.open = open
        this.#share()
      },
      leave: () => {
        this.#takers.delete(taker)
        // The worker may have read from them.
        for (const socket of taker.inTransit) socket.destroy()
      },
    }
  }

  /** Closes the port. Resolves once all connections that it had accepted are taken. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    await noneWaits(this.#server)
    this.#server.close()
    const end = performance.now() + TAKE_MS
    while (this.#isBusy() && performance.now() < end) await delay(POLL_MS)
    for (const socket of this.#waiting) socket.destroy()
  }

  #isBusy(): boolean {
    return this.#waiting.length > 0 || [...this.#takers].some(({ inTransit }) => inTransit.length > 0)
  }

  #accept(socket: Socket): void {
    if (this.#waiting.length >= this.#most) return void socket.destroy()
    this.#waiting.push(socket.on('error', () => {}))
    this.#share()
  }

  #share(): void {
    while (this.#waiting.length > 0) {
      const taker = this.#idlest()
      if (taker === undefined) return
      const socket = this.#waiting.shift() as Socket
      this.#takers.delete(taker)
      this.#takers.add(taker)
      taker.inTransit.push(socket)
      taker.give(socket)
    }
  }

  // Clients of gRPC keep one connection each, for as long as they live. So each worker should have as many.
  #idlest(): Taker | undefined {
    const load = ({ open, inTransit }: Taker) => open + inTransit.length
    const free = [...this.#takers].filter(({ inTransit }) => inTransit.length < MOST_IN_TRANSIT)
    return free.reduce<Taker | undefined>((best, each) => (best && load(best) <= load(each) ? best : each), undefined)
  }
}
