/**
 * The reasons of errors that only the client has. Its other errors have the reasons of the registry's API.
 *
 * - `CANCELED` (code `canceled`): the signal of the call aborted.
 * - `CLIENT_CLOSED` (`failed_precondition`): the client was closed before the call.
 * - `HEADERS_FAILED` (`internal`, or `deadline_exceeded` if it was too slow): the `headers` function failed, or a header
 *   that it returned cannot be sent.
 * - `REGISTRY_UNREACHABLE` (`unavailable` or `deadline_exceeded`): there is no connection, or no answer in time.
 * - `TOKEN_FAILED` (`unauthenticated`, or `deadline_exceeded` if it was too slow): the token function failed, or its token
 *   cannot be sent.
 * - `UNEXPECTED_ANSWER` (any code except `not_found`): the answer came from a proxy, or from another server at a wrong
 *   base URL, and not from a registry.
 */
export type ClientReason =
  | 'CANCELED'
  | 'CLIENT_CLOSED'
  | 'HEADERS_FAILED'
  | 'REGISTRY_UNREACHABLE'
  | 'TOKEN_FAILED'
  | 'UNEXPECTED_ANSWER'
