/** An error of the operating system or of TLS, with its code, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
export interface ConnectionFailure extends Error {
  readonly code: string
}

/** The failure of a connection that caused an error; undefined if no connection failed. */
export function findConnectionFailure(error: unknown): ConnectionFailure | undefined {
  if (!(error instanceof Error)) return undefined
  return isConnectionFailure(error) ? error : findConnectionFailure(error.cause)
}

// The codes of the system are those of errno.h and getaddrinfo, such as ECONNRESET. Node's own codes begin with `ERR_`.
const OF_SYSTEM = /^E(?!RR_)[A-Z0-9]+(?:_[A-Z]+)?$/
/** The codes of a TLS handshake that failed for another reason than the certificate. */
const IN_HANDSHAKE = /^(?:ERR_SSL_|EPROTO$)/
// The codes of OpenSSL for a certificate that cannot be trusted.
const OF_CERTIFICATE = /CERT|^UNABLE_TO_|^INVALID_(?:CA|PURPOSE)$|^HOSTNAME_MISMATCH$|^PATH_LENGTH_EXCEEDED$/

function isConnectionFailure(error: Error): error is ConnectionFailure {
  if (!('code' in error) || typeof error.code !== 'string') return false
  return [OF_SYSTEM, IN_HANDSHAKE, OF_CERTIFICATE].some((pattern) => pattern.test(String(error.code)))
}

/** The text for a failed connection. The text of OpenSSL for a failed handshake is a line of its source code. */
export function describeFailure({ code, message }: ConnectionFailure): string {
  return IN_HANDSHAKE.test(code) ? `the TLS handshake failed: ${code}` : message || code
}
