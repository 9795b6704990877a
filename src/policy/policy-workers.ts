import { Worker } from 'node:worker_threads'
import type { PolicyContext } from '../domain/default-policy.ts'
import type { Sruid } from '../domain/sruid.ts'
import { withTimeLimit } from '../time-limit.ts'

/** A question to the worker thread. */
export interface Question {
  readonly id: number
  readonly candidate: Sruid
  readonly context: PolicyContext
}

/** The answer of the worker thread: the value that the policy returned, or the error that it threw. */
export type Decision =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string }

interface Pending {
  readonly resolve: (answer: boolean) => void
  readonly reject: (reason: Error) => void
}

/** One thread, and its unanswered questions. */
interface Running {
  readonly worker: Worker
  readonly ready: Promise<void>
  readonly pending: Map<number, Pending>
}

// The worker is a .ts file in development and a .js file in the package.
const WORKER_URL = new URL(`./policy-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url)

const START_LIMIT_MS = 10_000

/**
 * Asks a policy module in a worker thread. If the signal of a question aborts, its thread is retired: the next question
 * starts a new thread, and the old one ends after its other questions are answered or aborted.
 */
export class PolicyWorkers {
  readonly #moduleUrl: string
  #current: Running | undefined
  readonly #all = new Set<Running>()
  #lastId = 0

  constructor(moduleUrl: string) {
    this.#moduleUrl = moduleUrl
  }

  /** Starts the first thread. Rejects if the module cannot be loaded, or is not loaded within 10 seconds. */
  async start(): Promise<void> {
    await this.#running().ready
  }

  async decide(candidate: Sruid, context: PolicyContext, signal: AbortSignal): Promise<boolean> {
    const running = this.#running()
    await running.ready
    signal.throwIfAborted()
    const id = ++this.#lastId
    return new Promise<boolean>((resolve, reject) => {
      running.pending.set(id, { resolve, reject })
      signal.addEventListener('abort', () => this.#retire(running, id), { once: true })
      running.worker.postMessage({ id, candidate, context } satisfies Question)
    })
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map(({ worker }) => worker.terminate()))
  }

  #running(): Running {
    this.#current ??= this.#startThread()
    return this.#current
  }

  #startThread(): Running {
    const worker = new Worker(WORKER_URL, { workerData: { moduleUrl: this.#moduleUrl } })
    const pending = new Map<number, Pending>()
    const started = new Promise<void>((resolve, reject) => {
      worker.once('message', () => {
        // An idle thread must not keep the process alive. Until now, the thread may be the only thing that does.
        worker.unref()
        resolve()
      })
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error('the policy module ended its thread')))
    })
    const ready = withTimeLimit(started, {
      ms: START_LIMIT_MS,
      late: () => new Error(`the module was not loaded within ${START_LIMIT_MS} ms`),
    })
    const running = { worker, ready, pending }
    ready.catch(() => {
      this.#forget(running)
      void worker.terminate()
    })
    worker.on('message', (message: Decision | 'ready') => {
      if (message !== 'ready') this.#settle(running, message)
    })
    worker.on('error', (error) => this.#fail(running, error))
    worker.on('exit', () => this.#fail(running, new Error('the policy module ended its thread')))
    this.#all.add(running)
    return running
  }

  #settle(running: Running, decision: Decision): void {
    const pending = running.pending.get(decision.id)
    running.pending.delete(decision.id)
    if ('error' in decision) pending?.reject(new Error(decision.error))
    else pending?.resolve(decision.answer as boolean)
    this.#endIfRetired(running)
  }

  #retire(running: Running, id: number): void {
    if (!running.pending.delete(id)) return
    if (this.#current === running) this.#current = undefined
    this.#endIfRetired(running)
  }

  #endIfRetired(running: Running): void {
    if (running !== this.#current && running.pending.size === 0) void running.worker.terminate()
  }

  #fail(running: Running, error: unknown): void {
    this.#forget(running)
    for (const { reject } of running.pending.values()) reject(error as Error)
    running.pending.clear()
  }

  #forget(running: Running): void {
    if (this.#current === running) this.#current = undefined
    this.#all.delete(running)
  }
}
