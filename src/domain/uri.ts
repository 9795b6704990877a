import { fieldError, quote, type RegistryError } from './errors.ts'
import type { KnownReason } from './reasons.ts'

/**
 * The schemes that the URI of an endpoint may have in every registry: those of HTTP, gRPC and WebSockets, the names that
 * gRPC resolves, and those of message brokers. An operator may allow others.
 */
export const usualSchemes: ReadonlySet<string> = new Set([
  ...['http', 'https', 'ws', 'wss', 'grpc', 'grpcs', 'dns', 'xds'],
  ...['amqp', 'amqps', 'kafka', 'mqtt', 'mqtts', 'nats', 'pubsub', 'pulsar', 'pulsar+ssl'],
  ...['redis', 'rediss', 'stomp', 'stomps'],
])

/** The schemes that no registry allows, because a browser that opens such a URI runs or shows what is in it. */
export const codeSchemes: readonly string[] = ['blob', 'data', 'javascript', 'vbscript']

/** Schemes whose URIs have a user and a host even without slashes, as browsers read them. */
const browserSchemes: readonly string[] = ['http', 'https', 'ws', 'wss', 'ftp']

/** The parts of a URI that decide whether it is allowed. */
interface UriParts {
  /** In lower case. Empty: there is none. */
  readonly scheme: string
  readonly hasAuthority: boolean
  /** The text before the host, such as `user:password`. Null: there is none. */
  readonly userinfo: string | null
}

/** Throws `INVALID_ENDPOINTS` if the URI of an endpoint has a scheme that is not in `schemes`. */
export function requireScheme(uri: string, field: string, schemes: ReadonlySet<string>): void {
  const { scheme } = takeApart(uri)
  if (schemes.has(scheme)) return
  const allowed = [...schemes].sort().join(', ')
  const other = codeSchemes.includes(scheme) ? '' : ', or let the operator allow it with --endpoint-scheme'
  const description = `${field} has the scheme ${quote(scheme)}; use one of ${allowed}${other}.`
  throw fieldError('INVALID_ENDPOINTS', field, description)
}

/** Throws `reason` if a URI has a user or a password. The error repeats neither. */
export function refuseCredentials(uri: string, field: string, reason: KnownReason): void {
  const { hasAuthority, userinfo } = takeApart(uri)
  if (userinfo !== null && (hasAuthority || userinfo.includes(':'))) throw hasCredentials(field, reason)
}

/**
 * Throws `reason` if the address of a repository has a password, or a user that can be a token. A user of SSH is no
 * secret, as in `git@github.com:my-org/my-repository` and `ssh://git@github.com/my-org/my-repository`.
 */
export function refuseSecrets(address: string, field: string, reason: KnownReason): void {
  const { scheme, hasAuthority, userinfo } = takeApart(address)
  if (codeSchemes.includes(scheme)) {
    throw fieldError(reason, field, `${field} has the scheme ${quote(scheme)}; use the address of a repository.`)
  }
  if (userinfo === null) return
  const isSshUser = (scheme.endsWith('ssh') || !hasAuthority) && !userinfo.includes(':')
  if (!isSshUser) throw hasCredentials(field, reason)
}

function hasCredentials(field: string, reason: KnownReason): RegistryError {
  const description = `${field} has a user or a password before its host; leave them out, because every caller can read it.`
  return fieldError(reason, field, description)
}

// The text may be no valid URI. Browsers read a backslash as a slash.
function takeApart(text: string): UriParts {
  const [prefix = ''] = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text) ?? []
  const scheme = prefix.slice(0, -1).toLowerCase()
  const rest = text.slice(prefix.length)
  const [slashes = ''] = /^[/\\]*/.exec(rest) ?? []
  const [authority = ''] = /^[^/\\?#]*/.exec(rest.slice(slashes.length)) ?? []
  const end = authority.lastIndexOf('@')
  return {
    scheme,
    hasAuthority: slashes.length > 1 || browserSchemes.includes(scheme),
    userinfo: end === -1 ? null : authority.slice(0, end),
  }
}
