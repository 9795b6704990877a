import { Code, ConnectError } from '@connectrpc/connect'
import { type ConnectionFailure, findConnectionFailure, IN_HANDSHAKE } from './connection-failure.ts'

/** The same error with the code `unavailable` if a connection failed. Connect reports other codes for some failures. */
export function sayUnavailable(error: unknown): unknown {
  const failure = findConnectionFailure(error)
  if (failure === undefined) return error
  return new ConnectError(textOf(failure), Code.Unavailable, undefined, undefined, error)
}

// The text of OpenSSL for a failed handshake is a line of its source code.
function textOf({ code, message }: ConnectionFailure): string {
  return IN_HANDSHAKE.test(code) ? `the TLS handshake failed: ${code}` : message || code
}
