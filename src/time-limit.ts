/** A limit on the time to wait for a promise. */
export interface TimeLimit {
  /** Milliseconds. */
  readonly ms: number
  /** Makes the error for a promise that takes longer. */
  readonly late: () => Error
  /** Ends the waiting early. The promise then rejects with the signal's reason. `late` is still called at its time. */
  readonly signal?: AbortSignal | undefined
}

/** Settles like `promise`, or rejects if the time has passed or the signal aborts. */
export async function withTimeLimit<T>(promise: Promise<T>, { ms, late, signal }: TimeLimit): Promise<T> {
  const expiry = Promise.withResolvers<never>()
  const timer = setTimeout(() => expiry.reject(late()), ms)
  // The work goes on if nobody waits for it any longer, and `late` may end it.
  const stop = () => clearTimeout(timer)
  promise.then(stop, stop)
  const onAbort = () => expiry.reject(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  try {
    return await Promise.race([promise, expiry.promise])
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
