import { RegistryError } from '../domain/errors.ts'

/** How long a failure is believed before the storage is asked again, in milliseconds. */
export const PROBE_INTERVAL_MS = 10_000

interface AppendHealthOptions {
  /** Resolves if the storage would take an entry now. It stores nothing. */
  readonly probe: () => Promise<unknown>
  /** A clock that never jumps, in milliseconds. Default: the time since the start of the process. */
  readonly clock?: () => number
}

/** The last failure of the storage to take an entry. */
interface Failure {
  readonly error: unknown
  readonly at: number
}

/**
 * Knows whether the storage takes entries, from the appends themselves. Only after an append failed, it asks the storage,
 * at most every 10 seconds.
 */
export class AppendHealth {
  readonly #probe: () => Promise<unknown>
  readonly #clock: () => number
  #failure: Failure | undefined
  #asking: Promise<void> | undefined

  constructor({ probe, clock = () => performance.now() }: AppendHealthOptions) {
    this.#probe = probe
    this.#clock = clock
  }

  /** Remembers the outcome of an append, and passes it on. */
  async observe<T>(append: Promise<T>): Promise<T> {
    try {
      const result = await append
      this.#failure = undefined
      return result
    } catch (error) {
      if (isOfStorage(error)) this.#failure = { error, at: this.#clock() }
      throw error
    }
  }

  /** As `Store.checkAppends`. */
  async check(): Promise<void> {
    if (this.#failure === undefined) return
    if (this.#clock() - this.#failure.at < PROBE_INTERVAL_MS) throw this.#failure.error
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    await this.#asking
  }

  async #ask(): Promise<void> {
    try {
      await this.#probe()
      this.#failure = undefined
    } catch (error) {
      this.#failure = { error, at: this.#clock() }
      throw error
    }
  }
}

// Another error is that of the entry or of its caller, for example an entry that is too large.
function isOfStorage(error: unknown): boolean {
  return error instanceof RegistryError && (error.code === 'unavailable' || error.code === 'data_loss')
}
