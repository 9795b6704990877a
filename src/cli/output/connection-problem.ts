import { type ConnectionFailure, findConnectionFailure } from '../../client/transports/connection-failure.ts'
import type { RegistryError } from '../../domain/errors.ts'

const CA = 'name a PEM file with it, or with its authority, with --ca (WAYPOST_CA)'
const NOT_TLS = 'does not speak TLS; check the port, or use http'
const REFUSED =
  'refuses the TLS handshake; it may ask for a client certificate (give one with --cert and --key), or speak only an old ' +
  'version of TLS'
const UNKNOWN_AUTHORITY = `has a certificate of an authority that is not trusted; if you trust it, ${CA}`

const NEEDS_CERTIFICATE = 'asks for a client certificate; give one with --cert and --key (WAYPOST_CERT and WAYPOST_KEY)'

const RESET =
  'closed the connection without an answer; if it asks for a client certificate, check --cert and --key; otherwise, try again later'

const REFUSED_CERTIFICATE = 'does not accept the client certificate; give one that it trusts with --cert and --key'

/** The problem of a registry for each code of a failed connection, and its remedy. */
const problems: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `has a self-signed certificate; if you trust it, ${CA}`,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: 'has an expired certificate; renew it, or check the clock of this machine',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet; check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for other host names; use one of them in --registry',
  EPROTO: NOT_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: NEEDS_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: REFUSED_CERTIFICATE,
  ECONNREFUSED: 'does not listen; start it, or check --registry (WAYPOST_REGISTRY)',
  ENOTFOUND: 'has a host name that does not exist; check --registry (WAYPOST_REGISTRY)',
  EAI_AGAIN: 'has a host name that cannot be looked up now; check the network, or try again later',
  ECONNRESET: 'closed the connection without an answer; use https if it speaks TLS, or try again later',
}

/**
 * The message for an error, in the words of the command line. It differs from the error's own message if no registry
 * answered: it names the cause and its remedy.
 */
export function explainConnection(error: RegistryError): string {
  const { reason, registry, message } = error
  const failure = reason === 'REGISTRY_UNREACHABLE' ? findConnectionFailure(error) : undefined
  const problem = failure && problemOf(failure, registry)
  if (problem === undefined || registry === undefined) return message.replace('its base URL', '--registry')
  return `registry ${JSON.stringify(registry)} ${problem.replace(';', ` (${failure?.code});`)}.`
}

function problemOf({ code, message }: ConnectionFailure, registry = ''): string | undefined {
  // A server over TLS 1.3 closes the connection if it does not trust the certificate of the client.
  if (code === 'ECONNRESET' && registry.startsWith('https:')) return RESET
  // The system has one code for every failed handshake. An alert comes from a server that speaks TLS.
  return code === 'EPROTO' && /\balert\b/.test(message) ? REFUSED : problems[code]
}
