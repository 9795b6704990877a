import { RegistryError } from '../domain/errors.ts'

/** The error for a store of any kind that cannot answer now. The cause is for the log. The caller does not see it. */
export function storeUnavailable(cause: unknown): RegistryError {
  return new RegistryError({
    reason: 'STORE_UNAVAILABLE',
    message: 'the store cannot be reached; try again later.',
    cause,
  })
}
