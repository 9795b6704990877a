import { Worker } from 'node:worker_threads'
import { type Append, type FromWriter, monotonicMs, type ToWriter, type WriterSettings } from './messages.ts'
import type { Writer, WriterEvents } from './writer.ts'

// The thread is a .ts file in development and a .js file in the package.
const THREAD_URL = new URL(`./writer-thread${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url)

// A thread inherits the options of the process. But with this option, which is for a program that is no file, a thread
// cannot load its own file.
const isProgramNoFile = process.execArgv.some((option) => option.startsWith('--input-type'))
const OPTIONS = { name: 'waypost-writer', ...(isProgramNoFile && { execArgv: [] }) }

/** The pause before a new thread after the first death of a thread. It doubles after each further one. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 1_000

/** How long a thread that ends may take for its last checkpoint. */
const END_LIMIT_MS = 5_000

/** Starts the writer's thread when the first appends are sent, and again after it has died. */
export class WriterClient implements Writer {
  readonly #settings: WriterSettings
  readonly #events: WriterEvents
  #worker: Worker | undefined
  #deaths = 0
  #pausesUntil = 0

  constructor(settings: WriterSettings, events: WriterEvents) {
    this.#settings = settings
    this.#events = events
  }

  get pauseMs(): number {
    return this.#worker ? 0 : Math.max(0, this.#pausesUntil - monotonicMs())
  }

  send(appends: readonly Append[]): void {
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#worker.postMessage(appends satisfies ToWriter)
  }

  release(): void {
    this.#worker?.unref()
  }

  /** Ends the thread after its last checkpoint. Resolves when it has ended, or after 5 seconds. */
  async end(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    worker.ref()
    worker.postMessage('close' satisfies ToWriter)
    await new Promise((resolve) => {
      worker.once('exit', resolve)
      setTimeout(resolve, END_LIMIT_MS).unref()
    })
    // It does nothing to a thread that has ended. A thread that waits for the disk ends later.
    worker.unref()
    void worker.terminate()
  }

  #start(): Worker {
    const worker = new Worker(THREAD_URL, { ...OPTIONS, workerData: this.#settings })
    let cause: unknown = new Error('the thread that writes has ended')
    worker.on('message', (message: FromWriter) => this.#receive(message))
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', () => {
      this.#worker = undefined
      this.#pausesUntil = monotonicMs() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#deaths++)
      this.#events.onEnd(cause)
    })
    return worker
  }

  #receive(message: FromWriter): void {
    if ('lost' in message) {
      this.#events.onLost(message.lost)
      return
    }
    if (message.some((answer) => 'written' in answer)) this.#deaths = 0
    this.#events.onAnswers(message)
  }
}
