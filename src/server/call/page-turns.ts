import { RegistryError } from '../../domain/errors.ts'
import { type Exchange, onceOver } from '../http/node-http.ts'

/** How many pages of lists a server has in memory, from the beginning of the read until the client has the answer. */
export interface PageLimits {
  /** For one connection. */
  readonly perConnection: number
  /** For all connections together. */
  readonly inAll: number
}

/** A call that waits for its turn. */
interface Waiting {
  readonly begin: () => void
}

interface Connection {
  running: number
  readonly waiting: Set<Waiting>
}

/**
 * Gives turns to the calls whose answers are pages of lists, which are the only large ones. A client that asks for many
 * pages, and reads none of them, only makes its own calls wait. Connections that wait get their turns in rotation.
 */
export class PageTurns {
  readonly #limits: PageLimits
  readonly #connections = new WeakMap<object, Connection>()
  /** The connections with a call that may begin as soon as there is room. */
  readonly #ready = new Set<Connection>()
  #running = 0

  constructor(limits: PageLimits) {
    this.#limits = limits
  }

  /** Resolves at the turn of a call, which ends with its answer. Rejects with `CANCELED` if the client goes away before. */
  take(exchange: Exchange): Promise<void> {
    const connection = this.#connectionOf(exchange)
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { begin: resolve }
      connection.waiting.add(waiting)
      const isOpen = onceOver(exchange.response, () => {
        if (connection.waiting.delete(waiting)) reject(callerGone())
        else this.#end(connection)
      })
      if (!isOpen) connection.waiting.delete(waiting)
      if (!isOpen) reject(callerGone())
      else this.#fill(connection)
    })
  }

  #connectionOf({ request }: Exchange): Connection {
    const key = ('stream' in request ? request.stream.session : request.socket) ?? request
    const known = this.#connections.get(key)
    if (known !== undefined) return known
    const connection = { running: 0, waiting: new Set<Waiting>() }
    this.#connections.set(key, connection)
    return connection
  }

  #end(connection: Connection): void {
    connection.running--
    this.#running--
    // If the whole connection is closed, this comes after its waiting calls have left.
    setImmediate(() => this.#fill(connection))
  }

  #fill(changed: Connection): void {
    this.#queue(changed)
    for (const connection of this.#ready) {
      if (this.#running >= this.#limits.inAll) return
      this.#ready.delete(connection)
      const [first] = connection.waiting
      if (first === undefined) continue
      connection.waiting.delete(first)
      connection.running++
      this.#running++
      first.begin()
      this.#queue(connection)
    }
  }

  #queue(connection: Connection): void {
    if (connection.waiting.size > 0 && connection.running < this.#limits.perConnection) this.#ready.add(connection)
  }
}

function callerGone(): RegistryError {
  return new RegistryError({ reason: 'CANCELED', message: 'the caller closed the connection.' })
}
