/** How long a promise is waited for. */
export interface TimeLimit {
  /** Milliseconds. */
  readonly ms: number
  /** The error after that time. */
  readonly late: () => Error
  /** Ends the waiting earlier: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** Settles as the promise does, or rejects once the time has passed or the signal aborts. */
export async function withTimeLimit<T>(promise: Promise<T>, { ms, late, signal }: TimeLimit): Promise<T> {
  const expiry = Promise.withResolvers<never>()
  const timer = setTimeout(() => expiry.reject(late()), ms)
  const onAbort = () => expiry.reject(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  try {
    return await Promise.race([promise, expiry.promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}
