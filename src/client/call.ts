import { RegistryError } from '../domain/errors.ts'
import { type Named, unreachable } from './errors.ts'

/** What bounds a call: milliseconds, and a signal that ends it earlier. */
export interface CallLimits {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** Where a call is, for the error that says which registry did not answer. */
export interface Progress {
  registry?: Named
}

/** A call under way. */
export interface Call {
  /** Aborts where the call is over before it is done. Its reason is the `RegistryError` that the caller gets. */
  readonly signal: AbortSignal
  /** Where it is. A call that waits for another's work points at that one's. */
  progress: Progress
  /** The milliseconds that it has left. */
  remainingMs(): number
  /** The deadline that the server is told, in milliseconds from now; undefined where it may yet move. */
  deadlineMs(): number | undefined
}

/** Does the work within the limits. Rejects at once where they are over, whatever the work is waiting for. */
export async function withinLimits<T>(limits: CallLimits, work: (call: Call) => Promise<T>): Promise<T> {
  throwIfCanceled(limits)
  const { timeoutMs, signal } = limits
  const controller = new AbortController()
  const endsAt = performance.now() + timeoutMs
  const remainingMs = () => endsAt - performance.now()
  const deadlineMs = () => Math.max(1, Math.ceil(remainingMs()))
  const call: Call = { signal: controller.signal, progress: {}, remainingMs, deadlineMs }
  const expire = () => controller.abort(unreachable('deadline_exceeded', call.progress.registry, noAnswer(timeoutMs)))
  const cancel = () => signal && controller.abort(canceled(signal))
  const timer = setTimeout(expire, timeoutMs)
  signal?.addEventListener('abort', cancel)
  try {
    return await untilAborted(controller.signal, work(call))
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
  }
}

/** Throws where the call was canceled before it began. */
export function throwIfCanceled({ signal }: CallLimits): void {
  if (signal?.aborted) throw canceled(signal)
}

/** The promise's outcome, or a rejection with the signal's reason once that aborts. */
export function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    const forget = () => signal.removeEventListener('abort', abort)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(forget)
  })
}

/** Resolves after so many milliseconds. Rejects with the signal's reason once that aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout>
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return untilAborted(signal, slept).finally(() => clearTimeout(timer))
}

function noAnswer(timeoutMs: number): string {
  return `no answer within ${timeoutMs} ms`
}

function canceled({ reason }: AbortSignal): RegistryError {
  return new RegistryError({ code: 'canceled', reason: 'CANCELED', message: 'The call was canceled.', cause: reason })
}
