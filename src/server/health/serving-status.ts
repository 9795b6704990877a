import { RegistryError } from '../../domain/errors.ts'
import type { Logger } from '../../telemetry/logger.ts'

/** How often the store is checked while a client watches, in milliseconds. */
const POLL_MS = 1_000

/** Whether the server would serve a call now. */
export type Serving = 'serving' | 'draining' | 'store unavailable'

/** Whether the server would serve a call now, and the reason for people if it would not. */
export interface ServingState {
  readonly status: Serving
  readonly reason?: string
}

interface ServingStatusOptions {
  /** Rejects if the store would not serve a call of this kind now. */
  readonly ask: () => Promise<void>
  /** The kind of the calls, for the log, such as `lookups`. */
  readonly calls: string
  readonly log: Logger
}

type Listener = (state: ServingState) => void

const SERVING: ServingState = { status: 'serving' }
const DRAINING: ServingState = { status: 'draining', reason: 'the server is stopping; use another server.' }

/** The state behind every health check of one kind of calls. */
export class ServingStatus {
  readonly #options: ServingStatusOptions
  readonly #listeners = new Set<Listener>()
  #latest = SERVING
  #asking: Promise<void> | undefined
  #poll: NodeJS.Timeout | undefined

  constructor(options: ServingStatusOptions) {
    this.#options = options
  }

  /** The state at the end of the last check. */
  get latest(): ServingState {
    return this.#latest
  }

  /** Checks the store. Checks at the same time share one request to it. */
  async check(): Promise<ServingState> {
    if (this.#latest !== DRAINING) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined
      })
      await this.#asking
    }
    return this.#latest
  }

  /** Yields the current status and then each new one, until the signal aborts. It ends after `draining`. */
  async *watch(signal: AbortSignal): AsyncGenerator<Serving> {
    let latest: Serving | undefined
    let wake = () => {}
    const unsubscribe = this.#subscribe(({ status }) => {
      latest = status
      wake()
    })
    const onAbort = () => wake()
    signal.addEventListener('abort', onAbort)
    try {
      let last: Serving | undefined
      latest = (await this.check()).status
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
    this.#latest = DRAINING
    this.#tell(DRAINING)
  }

  async #ask(): Promise<void> {
    try {
      await this.#options.ask()
      this.#become(SERVING)
    } catch (error) {
      // Other errors may contain details that are not for everybody.
      const reason = error instanceof RegistryError ? error.message : 'the store failed; see the log of the server.'
      this.#become({ status: 'store unavailable', reason }, error)
    }
  }

  #become(state: ServingState, error?: unknown): void {
    const before = this.#latest
    if (before === DRAINING) return
    this.#latest = state
    if (before.status === state.status) return
    const { calls, log } = this.#options
    if (state === SERVING) log.info({ calls }, 'the store serves again')
    else log.warn({ err: error, calls }, 'the store does not serve, so the server is not ready')
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
