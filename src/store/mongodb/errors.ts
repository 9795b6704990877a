import { MongoError, MongoServerError } from 'mongodb'

// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
export const UNAUTHORIZED = 13
export const NAMESPACE_EXISTS = 48
export const FAILED_VALIDATION = 121
export const DUPLICATE_KEY = 11_000

/** Whether a server refused a command with this code. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code
}

/**
 * Whether an operation failed because of the deployment or the network. The driver throws its own errors. It also passes
 * on system errors, such as EPIPE for a write to a socket that the server has closed (seen with version 7.9).
 */
export function isOutage(error: unknown): boolean {
  const isSystemError = error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code))
  return error instanceof MongoError || isSystemError
}
