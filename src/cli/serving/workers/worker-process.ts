import { type ChildProcess, fork } from 'node:child_process'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FileForWorkers, MetricsSnapshot, PortForWorkers, PortPlace, RateLeases } from '../../../for-workers.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import type { StartFailure } from './start-failure.ts'

// The program is a .ts file in development and a .js file in the package.
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const PROGRAM = fileURLToPath(new URL(`./worker${EXTENSION}`, import.meta.url))

/** How long the last messages of a worker that has ended may take, in milliseconds. */
const LAST_MESSAGES_MS = 1_000

const POLL_MS = 5

/** How long a worker may take to send its metrics, in milliseconds. */
const METRICS_MS = 1_000

/** The parts of the primary process that all workers share. */
export interface SharedParts {
  /** The file of the store; undefined: the store is no file. */
  readonly file: FileForWorkers | undefined
  readonly rates: RateLeases
}

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
  readonly onReady: () => void
  /** The last event. */
  readonly onEnd: (end: WorkerEnd) => void
}

/** The process of one worker. */
export class WorkerProcess {
  readonly number: number
  readonly #child: ChildProcess
  readonly #events: WorkerEvents
  #place: PortPlace | undefined
  #readySince: number | undefined
  #failure: StartFailure | undefined
  #metrics: MetricsSnapshot | undefined
  #metricsTaken = Promise.withResolvers<void>()
  #hasEnded = false

  /** Starts it. */
  constructor(start: Omit<WorkerStart, 'file'>, { file, rates }: SharedParts, events: WorkerEvents) {
    this.number = start.number
    this.#events = events
    const execArgv = [...process.execArgv, '--disable-sigusr1']
    this.#child = fork(PROGRAM, [], { execArgv, serialization: 'advanced' })
    const writer = file?.connect((message) => this.send({ kind: 'writer', message }))
    this.#child.on('message', (message: FromWorker) => {
      if (message.kind === 'appends') writer?.receive(message.appends)
      else if (message.kind === 'leases') this.send({ kind: 'grants', grants: rates.grant(message.requests) })
      else if (message.kind === 'taken') this.#place?.taken(message.open)
      else if (message.kind === 'metrics') this.#takeMetrics(message.snapshot)
      else if (message.kind === 'failed') this.#failure = message.failure
      else this.#becomeReady()
    })
    this.#child.on('error', ({ message }) => this.pid === undefined && this.#end(message))
    this.#child.on('exit', (code, signal) => {
      writer?.leave()
      this.#place?.leave()
      void this.#lastMessages().then(() => this.#end(signal ?? `exit code ${code}`))
    })
    this.send({ kind: 'start', start: { ...start, file: file?.shared } })
  }

  /** Undefined: the system could not start it. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  get isReady(): boolean {
    return this.#readySince !== undefined
  }

  /** The time since it was ready, in milliseconds; undefined: it never was. */
  get livedMs(): number | undefined {
    return this.#readySince === undefined ? undefined : performance.now() - this.#readySince
  }

  /** Lets it take connections. */
  serve({ port, address }: PortForWorkers): void {
    this.send({ kind: 'listening', address })
    this.#place = port.connect((socket) => this.send({ kind: 'connection' }, socket))
  }

  /** Sends a message. It is lost if the worker is gone. */
  send(message: ToWorker, socket?: Socket): void {
    // Node would never close a connection that the worker has not got when it dies. So this process closes it.
    if (this.#child.connected) this.#child.send(message, socket, { keepOpen: true }, () => {})
  }

  /** The metrics when they were read last; undefined: never. */
  get lastMetrics(): MetricsSnapshot | undefined {
    return this.#metrics
  }

  /** Reads the metrics. A worker that is too busy to answer within a second has its last ones. */
  async readMetrics(): Promise<MetricsSnapshot> {
    this.send({ kind: 'read-metrics' })
    await Promise.race([this.#metricsTaken.promise, delay(METRICS_MS, undefined, { ref: false })])
    return this.#metrics ?? []
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  // Its last messages may still be on their way. Node emits no `disconnect` if a connection is, too.
  async #lastMessages(): Promise<void> {
    const end = performance.now() + LAST_MESSAGES_MS
    while (this.#child.connected && performance.now() < end) await delay(POLL_MS)
  }

  #takeMetrics(snapshot: MetricsSnapshot): void {
    this.#metrics = snapshot
    this.#metricsTaken.resolve()
    this.#metricsTaken = Promise.withResolvers()
  }

  #becomeReady(): void {
    this.#readySince = performance.now()
    this.#events.onReady()
  }

  #end(how: string): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#events.onEnd({ how, failure: this.#failure, livedMs: this.livedMs })
  }
}
