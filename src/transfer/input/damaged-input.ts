import { RegistryError } from '../../domain/errors.ts'

/** The error for an input that was cut off or changed. Nothing of such an input is imported. */
export function damagedInput(problem: string, remedy = 'make the file again'): RegistryError {
  return new RegistryError({ reason: 'INVALID_REQUEST', message: `the input ${problem}; ${remedy}.` })
}
