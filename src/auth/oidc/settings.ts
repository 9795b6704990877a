import type { Logger } from '../../telemetry/logger.ts'

/** An issuer whose tokens are accepted. */
export interface IssuerSettings {
  /** The claim `iss` of its tokens, as text: an `https` URL, or an `http` URL of this machine. */
  readonly issuer: string
  /** The path of a file with its keys (a JWKS), for an issuer that the server cannot reach. */
  readonly jwksFile?: string | undefined
  /** The URL of its keys. Default: the one in the issuer's `/.well-known/openid-configuration`. */
  readonly jwksUri?: string | undefined
}

/** The tokens of OpenID Connect that are accepted. */
export interface OidcSettings {
  /** The audiences that a token may have, with and without a final slash. A token has exactly one of them. */
  readonly audiences: readonly string[]
  readonly issuers: readonly IssuerSettings[]
  /** Whether a token of any other issuer is refused, or its caller is anonymous. */
  readonly unknownIssuers: 'refuse' | 'anonymous'
  /** The issuer of the tokens to call revisions, which are never credentials for the registry; undefined: none. */
  readonly ownIssuer?: string | undefined
  readonly log: Logger
  /** The time, in milliseconds since 1970. Default: that of the system. */
  readonly now?: (() => number) | undefined
  /** Sends the requests for keys. Default: that of Node. */
  readonly fetch?: typeof fetch | undefined
  /** The most milliseconds to wait for the keys of an issuer. Default: 5,000. */
  readonly fetchTimeoutMs?: number | undefined
}
