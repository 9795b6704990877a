import { RegistryError } from '../../domain/errors.ts'

/** The result of an attempt if another writer of the service was first. */
export const CONFLICT = Symbol('conflict')

/** The bounds of all retries. */
export const retryLimits = {
  // At each attempt at least one process succeeds. The number of processes at once may therefore be about this large.
  attempts: 256,
  // The longest deadline of an RPC. Each attempt takes long if the policy or the store is slow.
  durationMs: 30_000,
} as const
const MAX_PAUSE_MS = 20

/**
 * Runs an attempt, and runs it again as long as it returns `CONFLICT`: up to 256 times and 30 seconds. Throws
 * `TOO_MANY_CONFLICTS` if every attempt returns it. `subject` names the thing to change, for the error.
 */
export async function retryOnConflict<T>(subject: string, attempt: () => Promise<T | typeof CONFLICT>): Promise<T> {
  const deadline = performance.now() + retryLimits.durationMs
  for (let count = 1; count <= retryLimits.attempts && performance.now() < deadline; count++) {
    const result = await attempt()
    if (result !== CONFLICT) return result
    await pause(count)
  }
  throw tooManyConflicts(subject)
}

/** The error for a change that could not be made within the bounds of the retries. */
export function tooManyConflicts(subject: string): RegistryError {
  return new RegistryError({
    reason: 'TOO_MANY_CONFLICTS',
    message: `${subject} was not changed, because other writers kept changing it; try again.`,
  })
}

// Random pauses keep writers that lost together from reading the same generation again.
function pause(count: number): Promise<void> {
  const longest = Math.min(count, MAX_PAUSE_MS)
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest))
}
