import { RegistryError } from '../../domain/errors.ts'
import { storeUnavailable } from '../unavailable.ts'

// https://www.sqlite.org/rescode.html
const [BUSY, CORRUPT, NOT_A_DATABASE] = [5, 11, 26]

/** Whether another process holds the lock that the statement needs. */
export function isBusy(error: unknown): boolean {
  return primaryCodeOf(error) === BUSY
}

/** The primary code of an error of SQLite; undefined for any other error. */
function primaryCodeOf(error: unknown): number | undefined {
  // The low byte is the primary code. The rest tells its variants apart.
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
}

/**
 * The error of a store for an error of a statement: `DAMAGED_STORE` if the content of the file cannot be right, and
 * `STORE_UNAVAILABLE` for an outage, for example of the disk. An error of the registry stays as it is.
 */
export function toStoreError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error
  const code = primaryCodeOf(error)
  return code === CORRUPT || code === NOT_A_DATABASE ? damagedStore(error) : storeUnavailable(error)
}

function damagedStore(cause: unknown): RegistryError {
  const message = 'the file of the store is damaged; run waypost verify, and restore the file from a backup.'
  return new RegistryError({ reason: 'DAMAGED_STORE', message, cause })
}
