import { RegistryError } from '../../domain/errors.ts'

/** The kinds of calls that are counted apart. */
export type CallKind = 'read' | 'write'

/** The calls that each caller may send per second, of each kind. Absent: as many as it likes. */
export type Rates = { readonly [Kind in CallKind]?: number | undefined }

/** Bounds the calls of each caller. */
export interface RateLimiter {
  /**
   * Counts a call. Rejects with `RATE_LIMITED` if its caller has sent too many. The pipeline calls it before it
   * reads the body. `caller` is `address` and the address of an anonymous caller with a space between them, or a text that
   * begins in another way and names a principal.
   */
  take(caller: string, kind: CallKind): void | Promise<void>
}

/** The most errors that {@link Refusals} keeps. A wait is at most a second, so there are fewer. */
const MOST_KEPT = 1_000

/**
 * Refuses the calls above a rate. A caller that is refused goes on calling, and a refused call must cost less than a served
 * one. So equal errors are made once, and the refusals of one turn of the event loop are answered together, as lookups are.
 */
export class Refusals {
  readonly #kind: CallKind
  readonly #perSecond: number
  readonly #kept = new Map<number, RegistryError>()
  readonly #refused: (() => void)[] = []

  constructor(kind: CallKind, perSecond: number) {
    this.#kind = kind
    this.#perSecond = perSecond
  }

  /**
   * Rejects at the end of the turn. The next call may succeed after this time, in milliseconds. A wait above 10 ms is
   * rounded up to a multiple of it.
   */
  refuse(waitMs: number): Promise<never> {
    const error = this.#errorAfter(waitMs)
    return new Promise((_, reject) => {
      if (this.#refused.push(() => reject(error)) === 1) setImmediate(() => this.#rejectAll())
    })
  }

  #rejectAll(): void {
    for (const reject of this.#refused.splice(0)) reject()
  }

  #errorAfter(waitMs: number): RegistryError {
    const step = waitMs > 10 ? 10 : 1
    const rounded = Math.max(1, Math.ceil(waitMs / step - 1e-6) * step)
    const kept = this.#kept.get(rounded)
    if (kept !== undefined) return kept
    const error = rateLimited(this.#kind, this.#perSecond, rounded)
    if (this.#kept.size < MOST_KEPT) this.#kept.set(rounded, error)
    return error
  }
}

/** Makes the error for a call above a rate. `waitMs` is the time until the next call may succeed, in milliseconds. */
export function rateLimited(kind: CallKind, perSecond: number, waitMs: number): RegistryError {
  const calls = `${perSecond} ${kind}${perSecond === 1 ? '' : 's'}`
  const seconds = Math.max(0.1, Math.ceil(waitMs / 100) / 10)
  return new RegistryError({
    reason: 'RATE_LIMITED',
    message: `the caller has sent more than the ${calls} per second that it may send; try again in ${seconds} seconds.`,
    retryAfterMs: waitMs,
  })
}
