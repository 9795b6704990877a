import { pathToFileURL } from 'node:url'
import type { Logger } from '../telemetry/logger.ts'
import { type ModuleMemory, memoryFor } from './memory.ts'
import type { ModuleAnswer } from './messages.ts'
import type { ModuleKind } from './module-kind.ts'
import { ModuleOutput } from './module-output.ts'
import { AskAgain, ModuleProcess } from './module-process.ts'

/** A module, and where its output goes. */
export interface ModuleOptions {
  readonly path: string
  readonly kind: ModuleKind
  readonly log: Logger
  /** How many processes of one server load the module. They share the memory that it may use. */
  readonly sharers: number
}

/**
 * Calls the function that a module exports as its default, in a process of its own. If the signal of a question aborts, its process ends. The next question
 * starts a new process, and so do the other questions that had no answer.
 */
export class ModuleRunner {
  readonly #options: ModuleOptions
  readonly #output: ModuleOutput
  readonly #memory: ModuleMemory
  readonly #all = new Set<ModuleProcess>()
  #current: ModuleProcess | undefined
  #context: readonly string[] = []
  #reloading: Promise<void> = Promise.resolve()

  constructor(options: ModuleOptions) {
    this.#options = options
    this.#output = new ModuleOutput(options)
    this.#memory = memoryFor(options.sharers)
  }

  /** The names that the module listed in its export `context` when it was last loaded. */
  get context(): readonly string[] {
    return this.#current?.context ?? this.#context
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

  /**
   * Calls the function. If the signal aborts, the promise stays as it is, and the process ends. `toArgs` makes the arguments
   * from the export `context` of the process that is asked, which may have loaded the module just now.
   */
  async ask(toArgs: (context: readonly string[]) => readonly unknown[], signal: AbortSignal): Promise<ModuleAnswer> {
    for (;;) {
      const running = this.#running()
      await running.ready
      signal.throwIfAborted()
      const args = toArgs(running.context ?? [])
      try {
        return await running.ask(args, { signal, onLate: () => running.replace() })
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
    if (!this.#all.has(next))
      throw new Error(`the ${this.#options.kind.noun} ended its process as soon as it was loaded`)
    this.#current?.retire()
    this.#current = next
  }

  #running(): ModuleProcess {
    this.#current ??= this.#launch()
    return this.#current
  }

  #launch(): ModuleProcess {
    const { path, kind, log } = this.#options
    const moduleUrl = pathToFileURL(path).href
    let isReady = false
    const launched = new ModuleProcess({ moduleUrl, kind, memory: this.#memory, output: this.#output }, (why) => {
      this.#all.delete(launched)
      if (this.#current === launched) this.#current = undefined
      if (!isReady || why === undefined) return
      const next = `the process of the ${kind.noun} ended, and the next ${kind.question} starts another`
      log.warn({ [kind.field]: path, why: kind.hide?.(why) ?? why }, next)
    })
    this.#all.add(launched)
    launched.ready.then(
      () => {
        isReady = true
        this.#context = launched.context ?? []
      },
      () => {},
    )
    return launched
  }
}
