import { type Answer, type Append, type FromWriter, toFailure, type WriterSettings } from './messages.ts'
import type { CreateWriter, Writer, WriterEvents } from './writer.ts'
import { WriterClient } from './writer-client.ts'

/** A worker whose appends go to the shared writer. */
interface Client {
  readonly tell: (message: FromWriter) => void
}

/** The origin of an append. */
interface Origin {
  readonly client: Client
  /** The number that the worker has given to the append. */
  readonly sequence: number
}

/** The connection of one worker to the shared writer. */
export interface SharedWriterPort {
  /** Takes appends of the worker. Each is answered, even if the writer's thread dies. */
  receive(appends: readonly Append[]): void
  /** The worker is gone. Its appends that wait are still written, and their answers are dropped. */
  leave(): void
}

/**
 * Lets workers share the one writer of a file, so that there are never several that wait for each other's lock. Appends
 * of all workers share a commit.
 */
export class SharedWriter {
  readonly #clients = new Set<Client>()
  readonly #origins = new Map<number, Origin>()
  #thread: Writer | undefined
  #waiting: Append[] = []
  #lastSequence = 0
  #lost: string | undefined

  /**
   * Makes the writer of the store in this process. That store opens the file before the workers do, and closes it after
   * them.
   */
  create(settings: WriterSettings): CreateWriter {
    return (events) => {
      this.#thread = new WriterClient(settings, this.#watch(events))
      return this.#thread
    }
  }

  /** Connects a worker. `tell` gets the messages for it. */
  connect(tell: (message: FromWriter) => void): SharedWriterPort {
    const client = { tell }
    this.#clients.add(client)
    if (this.#lost !== undefined) tell({ lost: this.#lost })
    return {
      receive: (appends) => this.#take(client, appends),
      leave: () => void this.#clients.delete(client),
    }
  }

  // The store of this process appends nothing itself, so all answers are for workers.
  #watch({ onLost, onEnd }: WriterEvents): WriterEvents {
    return {
      onAnswers: (answers) => this.#answer(answers),
      onLost: (lost) => {
        this.#lost = lost
        for (const { tell } of this.#clients) tell({ lost })
        onLost(lost)
      },
      onEnd: (error) => {
        this.#failSent(error)
        onEnd(error)
      },
    }
  }

  #take(client: Client, appends: readonly Append[]): void {
    for (const append of appends) {
      const sequence = ++this.#lastSequence
      this.#origins.set(sequence, { client, sequence: append.sequence })
      this.#waiting.push({ ...append, sequence })
    }
    // A timer runs already if others wait.
    if (this.#waiting.length === appends.length) this.#flush()
  }

  #flush(): void {
    const pauseMs = this.#thread?.pauseMs ?? 0
    if (pauseMs > 0) {
      setTimeout(() => this.#flush(), pauseMs)
      return
    }
    const appends = this.#waiting
    this.#waiting = []
    try {
      this.#thread?.send(appends)
    } catch (error) {
      // For example, the system lets this process have no further thread.
      this.#fail(appends, error)
    }
  }

  // One message for each worker, because each message is a write to its pipe.
  #answer(answers: readonly Answer[]): void {
    const found = answers.flatMap((answer) => {
      const origin = this.#origins.get(answer.sequence)
      this.#origins.delete(answer.sequence)
      return origin ? [{ client: origin.client, answer: { ...answer, sequence: origin.sequence } }] : []
    })
    for (const [client, own] of Map.groupBy(found, ({ client }) => client)) {
      if (this.#clients.has(client)) client.tell(own.map(({ answer }) => answer))
    }
    if (this.#origins.size === 0) this.#thread?.release()
  }

  #failSent(error: unknown): void {
    const unsent = new Set(this.#waiting.map(({ sequence }) => sequence))
    const sent = [...this.#origins.keys()].filter((sequence) => !unsent.has(sequence))
    this.#fail(
      sent.map((sequence) => ({ sequence })),
      error,
    )
  }

  #fail(appends: readonly Pick<Append, 'sequence'>[], error: unknown): void {
    const failure = toFailure(error)
    this.#answer(appends.map(({ sequence }) => ({ sequence, failure })))
  }
}
