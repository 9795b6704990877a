import type { ServeConfig } from '../../../config.ts'
import type { FileForWorkers } from '../../../file-for-workers.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import { Restarts } from './restarts.ts'
import { fromStartFailure } from './start-failure.ts'
import { type WorkerEnd, WorkerProcess } from './worker-process.ts'

/** How long the workers may take to stop, in milliseconds: 10 seconds for their requests, and the rest for their stores. */
const STOP_LIMIT_MS = 20_000

export interface WorkersOptions {
  readonly config: ServeConfig
  /** The file of the store; undefined: the store is no file. */
  readonly file: FileForWorkers | undefined
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
  #url: string | undefined
  #port: number
  #isStopping = false

  constructor(options: WorkersOptions) {
    this.#options = options
    this.#port = options.config.port
    this.#failed.promise.catch(() => {})
  }

  /** Rejects with the reason, once all workers have ended, if they end again and again right after their start. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /**
   * Starts the workers. Resolves with the URL when the first one is ready: only then the others start, so that a setting
   * that cannot be used is found once. Rejects with the reason if the first one cannot start.
   */
  start(): Promise<string> {
    this.#start(1)
    return Promise.race([this.#ready.promise, this.#failed.promise])
  }

  /** Lets all workers read the TLS files and the policy module again. */
  reload(): void {
    for (const each of this.#processes) each.send({ kind: 'reload' })
  }

  /** Lets all workers finish their requests, and end. Those that do not end within 20 seconds are killed. */
  async stop(): Promise<void> {
    this.#isStopping = true
    if (this.#processes.size === 0) return
    for (const each of this.#processes) {
      if (each.isReady) each.send({ kind: 'stop' })
      else each.kill()
    }
    const late = setTimeout(() => this.#processes.forEach((each) => void each.kill()), STOP_LIMIT_MS)
    await this.#stopped.promise
    clearTimeout(late)
  }

  #start(number: number): void {
    if (this.#isStopping) return
    const { config, file } = this.#options
    // Node lets the port go with the last worker. The next one would get another port for 0.
    if (this.#url !== undefined && !this.#isListening()) this.#port = Number(new URL(this.#url).port)
    const started = new WorkerProcess({ config: { ...config, port: this.#port }, number }, file, {
      onReady: (url) => this.#becomeReady(started, url),
      onEnd: (end) => this.#replace(started, end),
    })
    this.#processes.add(started)
  }

  #isListening(): boolean {
    return [...this.#processes].some(({ isReady }) => isReady)
  }

  #becomeReady(started: WorkerProcess, url: string): void {
    const { number, pid } = started
    // The last of the others has ended while this one started, so it got another port.
    if (this.#url !== undefined && url !== this.#url) {
      started.kill()
      return
    }
    this.#options.log.info({ worker: number, workerPid: pid }, 'a worker is ready')
    if (this.#url !== undefined) return
    this.#url = url
    this.#ready.resolve(url)
    const { workers } = this.#options.config
    for (let other = 1; other <= workers; other++) if (other !== number) this.#start(other)
  }

  #replace(ended: WorkerProcess, end: WorkerEnd): void {
    this.#processes.delete(ended)
    if (this.#isStopping) {
      if (this.#processes.size === 0) this.#stopped.resolve()
      return
    }
    // Without workers, a server that cannot start tries only once, too.
    const isFirst = this.#url === undefined && end.failure !== undefined
    const pauseMs = isFirst ? undefined : this.#restarts.afterEnd(end.livedMs)
    if (!isFirst) this.#logEnd(ended, end, pauseMs)
    if (pauseMs === undefined) void this.#giveUp(end)
    else setTimeout(() => this.#start(ended.number), pauseMs)
  }

  #logEnd({ number, pid }: WorkerProcess, { how, failure }: WorkerEnd, pauseMs: number | undefined): void {
    const { log } = this.#options
    const facts = { worker: number, workerPid: pid, why: failure?.message ?? how }
    if (pauseMs === undefined)
      log.error(facts, 'the workers end again and again right after their start, so the server stops')
    else log.error({ ...facts, pauseMs }, 'a worker ended, so another one takes its place')
  }

  async #giveUp({ how, failure }: WorkerEnd): Promise<void> {
    await this.stop()
    const { workers } = this.#options.config
    const crashed = `--workers (WAYPOST_WORKERS) ${workers}: the workers end again and again right after their start (${how}); see the log of the server.`
    this.#failed.reject(failure ? fromStartFailure(failure) : new Error(crashed))
  }
}
