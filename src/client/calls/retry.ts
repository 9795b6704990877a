import { RegistryError } from '../../domain/errors.ts'
import { type Call, sleep } from './call.ts'

/** The largest number of times that one request is sent. */
const MAX_ATTEMPTS = 5

/** The longest random pause after the first failure, in milliseconds. It doubles after each further failure. */
const FIRST_PAUSE_MS = 50

/** The longest random pause after any failure, in milliseconds. */
const LONGEST_PAUSE_MS = 1_000

/**
 * Tries a request up to 5 times while the registry is `unavailable`, or has too much to do and tells when to come back.
 * Never waits past the deadline, and never less than the registry asks for. The pauses have random lengths, so clients
 * that failed together do not retry together. Use it only for requests that are safe to send twice.
 */
export async function retrying<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isWorthRetrying(error) || attempts === MAX_ATTEMPTS) throw error
      const pause = pauseAfter(error, attempts)
      // If there is no time for another try, this error tells the caller more than a timeout.
      if (pause >= call.remainingMs()) throw error
      call.progress.failure = error
      await sleep(pause, call.signal)
    }
  }
}

function isWorthRetrying(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError)) return false
  const { code, retryAfterMs } = error
  return code === 'unavailable' || (code === 'resource_exhausted' && retryAfterMs !== undefined)
}

function pauseAfter({ retryAfterMs = 0 }: RegistryError, attempts: number): number {
  return retryAfterMs + Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1))
}
