import type { ServeConfig } from '../../../config/serve-config.ts'
import type { MetricsSnapshot, PortForWorkers } from '../../../for-workers.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import { hasStartedWell, Restarts } from './restarts.ts'
import { fromStartFailure } from './start-failure.ts'
import { type SharedParts, type WorkerEnd, WorkerProcess } from './worker-process.ts'

/** How long the workers may take to stop, in milliseconds: 10 seconds for their requests, and the rest for their stores. */
const STOP_LIMIT_MS = 20_000

export interface WorkersOptions {
  readonly config: ServeConfig
  readonly shared: SharedParts
  /** Listens on the port. Rejects with the reason if that is not possible. */
  readonly listen: () => Promise<PortForWorkers>
  /** A worker has ended, and these were its metrics when they were read last. */
  readonly onMetricsEnd: (last: MetricsSnapshot) => void
  readonly log: Logger
}

/** Keeps the workers of a server running, until they stop or cannot go on. */
export class Workers {
  readonly #options: WorkersOptions
  readonly #processes = new Set<WorkerProcess>()
  readonly #restarts = new Restarts()
  readonly #ready = Promise.withResolvers<string>()
  readonly #stopped = Promise.withResolvers<void>()
  readonly #failed = Promise.withResolvers<never>()
  #listening: Promise<PortForWorkers> | undefined
  #isStopping = false

  constructor(options: WorkersOptions) {
    this.#options = options
    this.#failed.promise.catch(() => {})
  }

  /**
   * Rejects with the reason, once all workers have ended, if they end again and again right after their start, and none
   * of them serves.
   */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /**
   * Starts the workers. Resolves with the URL when the first one is ready: only then the port is opened and the others
   * start, so that a setting that cannot be used is found once. Rejects with the reason if the first one cannot start.
   */
  start(): Promise<string> {
    this.#start(1)
    return Promise.race([this.#ready.promise, this.#failed.promise])
  }

  /** Lets all workers read the TLS files and the policy module again. */
  reload(): void {
    for (const each of this.#processes) each.send({ kind: 'reload' })
  }

  /** Reads the metrics of all workers that are ready. */
  readMetrics(): Promise<readonly MetricsSnapshot[]> {
    return Promise.all([...this.#processes].filter(({ isReady }) => isReady).map((each) => each.readMetrics()))
  }

  /** Lets all workers finish their requests, and end. Those that do not end within 20 seconds are killed. */
  async stop(): Promise<void> {
    this.#isStopping = true
    // First, because a client whose connection ends would connect again, to a worker that ends next.
    const listening = await this.#listening?.catch(() => undefined)
    await listening?.port.close()
    if (this.#processes.size === 0) return
    for (const each of this.#processes) {
      if (each.isReady) each.send({ kind: 'stop' })
      else each.kill()
    }
    const late = setTimeout(() => this.#killAll(), STOP_LIMIT_MS)
    await this.#stopped.promise
    clearTimeout(late)
  }

  #killAll(): void {
    for (const each of this.#processes) {
      const { number, pid } = each
      this.#options.log.error({ worker: number, workerPid: pid }, 'a worker did not stop in time, so it is killed')
      each.kill()
    }
  }

  #start(number: number): void {
    if (this.#isStopping) return
    const { config, shared } = this.#options
    const started = new WorkerProcess({ config, number }, shared, {
      onReady: () => void this.#becomeReady(started).catch((error) => this.#giveUp(error)),
      onEnd: (end) => this.#replace(started, end),
    })
    this.#processes.add(started)
  }

  async #becomeReady(started: WorkerProcess): Promise<void> {
    const { number, pid } = started
    const { log, config, listen } = this.#options
    const isFirst = this.#listening === undefined
    this.#listening ??= listen()
    const listening = await this.#listening
    log.info({ worker: number, workerPid: pid }, 'a worker is ready')
    started.serve(listening)
    if (!isFirst) return
    this.#ready.resolve(listening.url)
    for (let other = 1; other <= config.workers; other++) if (other !== number) this.#start(other)
  }

  #replace(ended: WorkerProcess, end: WorkerEnd): void {
    this.#processes.delete(ended)
    if (ended.lastMetrics) this.#options.onMetricsEnd(ended.lastMetrics)
    if (this.#isStopping) {
      if (this.#processes.size === 0) this.#stopped.resolve()
      return
    }
    // Without workers, a server that cannot start tries only once, too.
    if (this.#listening === undefined && end.failure) return void this.#giveUp(fromStartFailure(end.failure))
    const othersServe = [...this.#processes].some(({ livedMs }) => hasStartedWell(livedMs))
    const pauseMs = this.#restarts.afterEnd(end.livedMs, othersServe)
    this.#logEnd(ended, end, pauseMs)
    if (pauseMs === undefined) void this.#giveUp(this.#reasonOf(end))
    else setTimeout(() => this.#start(ended.number), pauseMs)
  }

  #logEnd({ number, pid }: WorkerProcess, { how, failure }: WorkerEnd, pauseMs: number | undefined): void {
    const { log } = this.#options
    const facts = { worker: number, workerPid: pid, why: failure?.message ?? how }
    if (pauseMs === undefined)
      log.error(facts, 'the workers end again and again right after their start, so the server stops')
    else log.error({ ...facts, pauseMs }, 'a worker ended, so another one takes its place')
  }

  #reasonOf({ how, failure }: WorkerEnd): Error {
    if (failure) return fromStartFailure(failure)
    const setting = `--workers (WAYPOST_WORKERS) ${this.#options.config.workers}`
    return new Error(`${setting}: the workers end again and again right after their start (${how}); see the log.`)
  }

  async #giveUp(reason: Error): Promise<void> {
    await this.stop()
    this.#failed.reject(reason)
  }
}
