import { Code, ConnectError } from '@connectrpc/connect'
import { describeFailure, findConnectionFailure } from './connection-failure.ts'

/** The same error with the code `unavailable` if a connection failed. Connect reports other codes for some failures. */
export function sayUnavailable(error: unknown): unknown {
  const failure = findConnectionFailure(error)
  if (failure === undefined) return error
  return new ConnectError(describeFailure(failure), Code.Unavailable, undefined, undefined, error)
}
