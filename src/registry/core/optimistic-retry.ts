import { RegistryError } from '../../domain/errors.ts'

/** What an attempt answers if another writer of the service was first. */
export const CONFLICT = Symbol('conflict')

/** How long a change is tried again. */
export interface RetryOptions {
  /** What is not changed if every attempt fails, for the error: a service, or a place in a file. */
  readonly subject: string
  /** Ends the retries: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

// At each attempt at least one of the writers of a service succeeds, so this is about how many may write at once.
const MAX_ATTEMPTS = 256
// As long as the longest deadline of an RPC. A slow policy or store may take long at each attempt.
const MAX_DURATION_MS = 30_000
const MAX_PAUSE_MS = 20

/**
 * Makes a change that reads, decides and appends, and makes it again as long as another writer was first. Throws
 * `TOO_MANY_CONFLICTS` if others were first at every attempt.
 */
export async function retryOnConflict<T>(
  { subject, signal }: RetryOptions,
  attempt: () => Promise<T | typeof CONFLICT>,
): Promise<T> {
  const deadline = performance.now() + MAX_DURATION_MS
  for (let count = 1; count <= MAX_ATTEMPTS && performance.now() < deadline; count++) {
    signal?.throwIfAborted()
    const result = await attempt()
    if (result !== CONFLICT) return result
    await pause(count)
  }
  throw new RegistryError({
    reason: 'TOO_MANY_CONFLICTS',
    message: `${subject} was not changed: other writers kept changing it; try again.`,
  })
}

// Spreads writers that lost together, so that they do not all read the same generation again.
function pause(count: number): Promise<void> {
  const longest = Math.min(count, MAX_PAUSE_MS)
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest))
}
