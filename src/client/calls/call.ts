import type { RegistryError } from '../../domain/errors.ts'
import { Cancellation } from './cancellation.ts'
import { canceled, functionLate, type Named, unreachable } from './errors.ts'

/** The limits of a call: its time in milliseconds, and a signal that ends it earlier. */
export interface CallLimits {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** The progress of a call, for the error if it reaches its deadline. */
export interface Progress {
  /** The registry that the call waits for. */
  registry?: Named
  /** The failure of the last try of this registry. Undefined if it is the first try. */
  failure?: unknown
  /** The function of the caller that the call waits for. Undefined: it waits for the registry. */
  waitsFor?: 'token' | 'headers' | undefined
  /** The progress of the shared work that the call waits for. Undefined: it waits for none. */
  shared?: Progress | undefined
}

/** A call under way. */
export interface Call {
  /** Cancels if the call reaches a limit. The reason is the `RegistryError` that the caller gets. */
  readonly cancellation: Cancellation
  /** The signal of the cancellation. */
  readonly signal: AbortSignal
  /** The progress of the call. */
  readonly progress: Progress
  /** The milliseconds that the call has left. */
  remainingMs(): number
  /** The deadline to send to the server, in milliseconds from now. Undefined if the deadline can still change. */
  deadlineMs(): number | undefined
}

class LimitedCall implements Call {
  readonly cancellation = new Cancellation()
  readonly progress: Progress = {}
  readonly #endsAt: number

  constructor(timeoutMs: number) {
    this.#endsAt = performance.now() + timeoutMs
  }

  get signal(): AbortSignal {
    return this.cancellation.signal
  }

  remainingMs(): number {
    return this.#endsAt - performance.now()
  }

  deadlineMs(): number {
    return Math.max(1, Math.ceil(this.remainingMs()))
  }
}

/** Does the work within the limits. Rejects as soon as a limit is reached, even if the work does not react. */
export function withinLimits<T>(limits: CallLimits, work: (call: Call) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    throwIfCanceled(limits)
    const { timeoutMs, signal } = limits
    const call = new LimitedCall(timeoutMs)
    const timer = setTimeout(() => call.cancellation.cancel(noAnswer(timeoutMs, call.progress)), timeoutMs)
    const cancel = signal && (() => call.cancellation.cancel(canceled(signal)))
    if (cancel) signal.addEventListener('abort', cancel)
    const end = () => {
      clearTimeout(timer)
      if (cancel) signal.removeEventListener('abort', cancel)
    }
    const fail = (error: unknown) => {
      end()
      reject(error)
    }
    call.cancellation.onCancel(fail)
    work(call).then((result) => {
      end()
      resolve(result)
    }, fail)
  })
}

/** Throws if the call was canceled before it began. */
export function throwIfCanceled({ signal }: CallLimits): void {
  if (signal?.aborted) throw canceled(signal)
}

/** Settles like the promise. Rejects with the reason of the signal if the signal aborts first. */
export function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    const forget = () => signal.removeEventListener('abort', abort)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(forget)
  })
}

/** Resolves after `ms` milliseconds. Rejects with the reason of the signal if the signal aborts first. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout>
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return untilAborted(signal, slept).finally(() => clearTimeout(timer))
}

function noAnswer(timeoutMs: number, { registry, failure, waitsFor, shared }: Progress): RegistryError {
  if (shared !== undefined) return noAnswer(timeoutMs, shared)
  if (waitsFor !== undefined && registry !== undefined) return functionLate(registry, waitsFor, timeoutMs)
  return unreachable('deadline_exceeded', registry, `no answer within ${timeoutMs} ms`, failure)
}
