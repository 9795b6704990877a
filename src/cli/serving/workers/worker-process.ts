import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { FileForWorkers } from '../../../file-for-workers.ts'
import { closeConnectionsInTransit } from './in-transit.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import type { StartFailure } from './start-failure.ts'

// The program is a .ts file in development and a .js file in the package.
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const PROGRAM = fileURLToPath(new URL(`./worker${EXTENSION}`, import.meta.url))

/** How a worker ended. */
export interface WorkerEnd {
  /** The exit code, or the signal that ended it. */
  readonly how: string
  /** The reason that it gave for not starting. */
  readonly failure: StartFailure | undefined
  /** The time since it was ready, in milliseconds; undefined: it never was. */
  readonly livedMs: number | undefined
}

/** The events of a worker. */
export interface WorkerEvents {
  readonly onReady: (url: string) => void
  /** The last event. */
  readonly onEnd: (end: WorkerEnd) => void
}

/** The process of one worker. */
export class WorkerProcess {
  readonly number: number
  readonly #worker: Worker
  readonly #events: WorkerEvents
  #readySince: number | undefined
  #failure: StartFailure | undefined
  #hasEnded = false

  /** Starts it. `file` is the file of the store, if it is one. */
  constructor(start: Omit<WorkerStart, 'files'>, file: FileForWorkers | undefined, events: WorkerEvents) {
    this.number = start.number
    this.#events = events
    // Clients of gRPC keep one connection each, for as long as they live. Taking turns gives each worker as many, where
    // with a shared handle (SCHED_NONE) one of two got 7 of 8. It takes 5,000 new connections a second, not 9,000.
    cluster.schedulingPolicy = cluster.SCHED_RR
    const execArgv = [...process.execArgv, '--disable-sigusr1']
    cluster.setupPrimary({ exec: PROGRAM, args: [], execArgv, serialization: 'advanced' })
    this.#worker = cluster.fork()
    closeConnectionsInTransit(this.#worker)
    const port = file?.connect((message) => this.send({ kind: 'writer', message }))
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'appends') port?.receive(message.appends)
      else if (message.kind === 'failed') this.#failure = message.failure
      else this.#becomeReady(message.url)
    })
    this.#worker.on('error', ({ message }) => this.pid === undefined && this.#end(message))
    this.#worker.on('exit', (code, signal) => {
      port?.leave()
      // Its last messages may still be on their way.
      const end = () => this.#end(signal ?? `exit code ${code}`)
      if (this.#worker.isConnected()) this.#worker.once('disconnect', end)
      else end()
    })
    this.send({ kind: 'start', start: { ...start, files: file?.files } })
  }

  /** Undefined: the system could not start it. */
  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  get isReady(): boolean {
    return this.#readySince !== undefined
  }

  /** Sends a message. It is lost if the worker is gone. */
  send(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message, undefined, undefined, () => {})
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }

  #becomeReady(url: string): void {
    this.#readySince = performance.now()
    this.#events.onReady(url)
  }

  #end(how: string): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const livedMs = this.#readySince === undefined ? undefined : performance.now() - this.#readySince
    this.#events.onEnd({ how, failure: this.#failure, livedMs })
  }
}
