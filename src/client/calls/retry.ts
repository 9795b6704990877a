import { RegistryError } from '../../domain/errors.ts'
import { type Call, sleep } from './call.ts'

/** The largest number of times that one request is sent. */
const MAX_ATTEMPTS = 5

/** The longest pause after the first failure, in milliseconds. It doubles after each further failure. */
const FIRST_PAUSE_MS = 50

/** The longest pause after any failure, in milliseconds. */
const LONGEST_PAUSE_MS = 1_000

/**
 * Tries a request up to 5 times while the registry is `unavailable`, and never past the deadline. The pauses have
 * random lengths, so clients that failed together do not retry together. Use it only for requests that are safe to send
 * twice.
 */
export async function retrying<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      const pause = Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1))
      // If there is no time for another try, this error tells the caller more than a timeout.
      if (!isUnavailable(error) || attempts === MAX_ATTEMPTS || pause >= call.remainingMs()) throw error
      await sleep(pause, call.signal)
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof RegistryError && error.code === 'unavailable'
}
