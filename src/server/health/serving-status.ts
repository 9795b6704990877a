import type { Store } from '../../store/store.ts'
import type { Logger } from '../../telemetry/logger.ts'

/** How often the store is checked while a client watches, in milliseconds. */
const POLL_MS = 1_000

/** Whether the server would serve a call now, and the reason if it would not. */
export type ServingState = 'serving' | 'draining' | 'store unavailable'

type Listener = (state: ServingState) => void

/** The state behind every kind of health check. */
export class ServingStatus {
  readonly #store: Store
  readonly #log: Logger
  readonly #listeners = new Set<Listener>()
  #isDraining = false
  #asking: Promise<ServingState> | undefined
  #poll: NodeJS.Timeout | undefined

  constructor(store: Store, log: Logger) {
    this.#store = store
    this.#log = log
  }

  /** Checks the store. Checks at the same time share one request to it. */
  async check(): Promise<ServingState> {
    if (this.#isDraining) return 'draining'
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    const state = await this.#asking
    return this.#isDraining ? 'draining' : state
  }

  /** Yields the current state and then each new one, until the signal aborts. It ends after `draining`. */
  async *watch(signal: AbortSignal): AsyncGenerator<ServingState> {
    let latest: ServingState | undefined
    let wake = () => {}
    const unsubscribe = this.#subscribe((state) => {
      latest = state
      wake()
    })
    const onAbort = () => wake()
    signal.addEventListener('abort', onAbort)
    try {
      let last: ServingState | undefined
      latest = await this.check()
      while (!signal.aborted && last !== 'draining') {
        if (latest !== last) {
          last = latest
          yield last
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      unsubscribe()
    }
  }

  /** Sets the state to `draining`, because the server is about to stop. Every watch yields it at once, and ends. */
  drain(): void {
    this.#isDraining = true
    this.#tell('draining')
  }

  async #ask(): Promise<ServingState> {
    try {
      await this.#store.ping()
      return 'serving'
    } catch (error) {
      this.#log.warn({ err: error }, 'the store does not answer, so the server is not ready')
      return 'store unavailable'
    }
  }

  #subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    this.#poll ??= setInterval(() => void this.check().then((state) => this.#tell(state)), POLL_MS).unref()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      clearInterval(this.#poll)
      this.#poll = undefined
    }
  }

  #tell(state: ServingState): void {
    for (const listener of this.#listeners) listener(state)
  }
}
