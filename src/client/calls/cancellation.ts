/**
 * Tells its listeners, once, that nobody waits for some work any longer. It makes an `AbortSignal` only if somebody asks
 * for one, because most calls need none.
 */
export class Cancellation {
  #reason: unknown
  #isCanceled = false
  #listeners: ((reason: unknown) => void)[] = []
  #controller: AbortController | undefined

  get isCanceled(): boolean {
    return this.#isCanceled
  }

  /** The reason that `cancel` got. */
  get reason(): unknown {
    return this.#reason
  }

  /** A signal that aborts with the reason. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isCanceled) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** Calls the listener when the work is canceled. The work has not been canceled before. */
  onCancel(listener: (reason: unknown) => void): void {
    this.#listeners.push(listener)
  }

  /** Cancels the work. A later call has no effect. */
  cancel(reason: unknown): void {
    if (this.#isCanceled) return
    this.#isCanceled = true
    this.#reason = reason
    for (const listener of this.#listeners) listener(reason)
    this.#controller?.abort(reason)
  }
}

/** The cancellation of work that a signal ends. */
export function cancellationOf(signal: AbortSignal | undefined): Cancellation {
  const cancellation = new Cancellation()
  if (signal?.aborted) cancellation.cancel(signal.reason)
  else signal?.addEventListener('abort', () => cancellation.cancel(signal.reason), { once: true })
  return cancellation
}
