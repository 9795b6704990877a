import { RegistryError } from '../../domain/errors.ts'

const REASON = 'IMPORT_REFUSED'

/** The error that ends a whole import, because a part of its input does not fit the store or this version. */
export function importRefused(message: string): RegistryError {
  return new RegistryError({ reason: REASON, code: 'failed_precondition', message })
}

/** Whether an error ends a whole import. */
export function isImportRefused(error: unknown): boolean {
  return error instanceof RegistryError && error.reason === REASON
}
