import { RegistryError } from '../domain/errors.ts'

/** The error for a store that can't answer now, whatever its kind. The cause goes to the log, not to the caller. */
export function storeUnavailable(cause: unknown): RegistryError {
  return new RegistryError({
    reason: 'STORE_UNAVAILABLE',
    message: 'The registry cannot reach its store at the moment; try again later.',
    cause,
  })
}
