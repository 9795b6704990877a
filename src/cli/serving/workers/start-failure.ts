import { ConfigError } from '../../../config/config-error.ts'
import { RegistryError } from '../../../domain/errors.ts'
import type { ErrorCode, ErrorReason } from '../../../domain/reasons.ts'

/** The reason why a worker cannot start, as it is sent to the primary process. The message is for people. */
export type StartFailure =
  | { readonly kind: 'setting' | 'other'; readonly message: string }
  | { readonly kind: 'registry'; readonly reason: ErrorReason; readonly code: ErrorCode; readonly message: string }

/** The parts of an error that its text and its exit code depend on. */
export function toStartFailure(error: unknown): StartFailure {
  if (error instanceof RegistryError) {
    const { reason, code, message } = error
    return { kind: 'registry', reason, code, message }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { kind: error instanceof ConfigError ? 'setting' : 'other', message }
}

/** The error of the worker. It is printed, and ends the server, as it would without workers. */
export function fromStartFailure(failure: StartFailure): Error {
  if (failure.kind === 'registry') {
    const { reason, code, message } = failure
    return new RegistryError({ reason, code, message })
  }
  return failure.kind === 'setting' ? new ConfigError(failure.message) : new Error(failure.message)
}
