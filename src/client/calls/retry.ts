import { RegistryError } from '../../domain/errors.ts'
import { type Call, sleep } from './call.ts'

/** How often one request is sent at most. */
const MAX_ATTEMPTS = 5

/** How long the pause after the first failure is at most, in milliseconds; it doubles with each one more. */
const FIRST_PAUSE_MS = 50

/** How long a pause is at most, in milliseconds. */
const LONGEST_PAUSE_MS = 1_000

/**
 * Tries again if the registry is `unavailable`: up to 5 times in all and never past the deadline. The pauses have random
 * lengths, so that clients that failed together do not come back together. Only for requests that are safe to send twice.
 */
export async function retrying<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      const pause = Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1))
      // If there is no time for another try, the failure says more than a timeout would.
      if (!isUnavailable(error) || attempts === MAX_ATTEMPTS || pause >= call.remainingMs()) throw error
      await sleep(pause, call.signal)
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof RegistryError && error.code === 'unavailable'
}
