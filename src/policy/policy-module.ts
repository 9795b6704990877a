import type { PolicyContext } from '../domain/default-policy.ts'
import type { Sruid } from '../domain/sruid.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { PolicyMemory } from './memory.ts'
import { PolicyOutput } from './policy-output.ts'
import { AskAgain, PolicyProcess } from './policy-process.ts'

/** A policy module, and where its output goes. */
export interface PolicyModuleOptions {
  readonly moduleUrl: string
  /** The path of the module, for the log. */
  readonly path: string
  readonly log: Logger
  readonly memory: PolicyMemory
}

/**
 * Asks a policy module in a process of its own. If the signal of a question aborts, its process ends. The next question
 * starts a new process, and so do the other questions that had no answer.
 */
export class PolicyModule {
  readonly #options: PolicyModuleOptions
  readonly #output: PolicyOutput
  readonly #all = new Set<PolicyProcess>()
  #current: PolicyProcess | undefined
  #reloading: Promise<void> = Promise.resolve()

  constructor(options: PolicyModuleOptions) {
    this.#options = options
    this.#output = new PolicyOutput(options.log, options.path)
  }

  /** Starts the first process. Rejects if the module cannot be loaded, or is not loaded within 10 seconds. */
  async start(): Promise<void> {
    await this.#running().ready
  }

  /** Loads the module again. If that fails, it rejects, and the module that was loaded before goes on. */
  reload(): Promise<void> {
    // One after the other, so that the newest file is used in the end.
    const reloading = this.#reloading.then(() => this.#replace())
    this.#reloading = reloading.catch(() => {})
    return reloading
  }

  async decide(candidate: Sruid, context: PolicyContext, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const running = this.#running()
      await running.ready
      signal.throwIfAborted()
      try {
        return await running.ask(candidate, context, { signal, onLate: () => running.replace() })
      } catch (error) {
        if (!(error instanceof AskAgain)) throw error
      }
    }
  }

  close(): void {
    for (const running of this.#all) running.kill()
  }

  async #replace(): Promise<void> {
    const next = this.#launch()
    await next.ready
    // A process that has ended since then would never take a question.
    if (!this.#all.has(next)) throw new Error('the policy module ended its process as soon as it was loaded')
    this.#current?.retire()
    this.#current = next
  }

  #running(): PolicyProcess {
    this.#current ??= this.#launch()
    return this.#current
  }

  #launch(): PolicyProcess {
    const { moduleUrl, path: policy, log, memory } = this.#options
    let isReady = false
    const launched = new PolicyProcess({ moduleUrl, memory, output: this.#output }, (why) => {
      this.#all.delete(launched)
      if (this.#current === launched) this.#current = undefined
      if (isReady && why !== undefined)
        log.warn({ policy, why }, 'the process of the policy module ended, and the next decision starts another')
    })
    this.#all.add(launched)
    launched.ready.then(
      () => {
        isReady = true
      },
      () => {},
    )
    return launched
  }
}
