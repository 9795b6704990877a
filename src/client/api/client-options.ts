import type { Interceptor } from '@connectrpc/connect'

/** A token together with its expiry, for tokens that do not contain it. */
export interface IssuedToken {
  /** The token, sent as `Authorization: Bearer TOKEN`: visible ASCII characters. */
  readonly token: string
  /** When the token expires, in milliseconds since 1970 (UTC), as `Date.now()` counts. Default: its `exp` claim, if it is a JWT. */
  readonly expiresAt?: number | undefined
}

/**
 * Gets a token, such as an OIDC ID token. The client calls it once for all calls that wait for a token. It calls it again
 * 30 seconds before the token expires, or if the registry answers `unauthenticated`. The signal aborts once no call waits
 * any more. If the function rejects, the calls that wait fail with the reason `TOKEN_FAILED`; the next call tries again.
 *
 * @example
 * const token: TokenFunction = async ({ signal }) => {
 *   const response = await fetch('http://metadata.internal/identity?audience=waypost', { signal })
 *   return response.text()
 * }
 */
export type TokenFunction = (options: { readonly signal: AbortSignal }) => Promise<string | IssuedToken>

/**
 * Gets the headers of one request. It is called for every request, also for every further try. The signal aborts once the
 * call is over. If the function throws or rejects, the call fails with the reason `HEADERS_FAILED`.
 *
 * @example
 * const headers: HeadersFunction = () => ({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' })
 */
export type HeadersFunction = (options: { readonly signal: AbortSignal }) => HeaderValues | Promise<HeaderValues>

/** The headers of a request: their names and values. */
export type HeaderValues = Readonly<Record<string, string>>

/** The TLS settings of a client for Node. Each is the text of a PEM file, not its path. */
export interface TlsOptions {
  /** The certificates of the authorities that may sign the registry's certificate. Default: those that Node trusts. */
  readonly ca?: string | undefined
  /** The client's own certificate, followed by its intermediate certificates. Requires `key`. Default: none is shown. */
  readonly cert?: string | undefined
  /** The private key of the client's own certificate, unencrypted. Requires `cert`. */
  readonly key?: string | undefined
}

/** One of several registries. */
export interface RegistryOptions {
  /** The name of the registry in errors and in the option `registry` of a call. It is not empty and unique. */
  readonly name: string
  /**
   * Where the registry is: a scheme (`http` or `https`), a host and, if it has one, its base path, with or without a slash
   * at the end. It has no user, no query and no fragment.
   */
  readonly baseUrl: string
  /**
   * The token to send as `Authorization: Bearer TOKEN`: a fixed text, or a function that gets it. A token from a function is
   * kept until it expires or the registry answers `unauthenticated`. Default: no token.
   */
  readonly token?: string | TokenFunction | undefined
  /**
   * Headers to send with every request, or a function that gets them. The headers that the protocol sets itself (`Host`,
   * `Content-*`, `Connect-*` and the like) are not allowed, nor is `Authorization` beside a `token`. Default: none.
   */
  readonly headers?: HeaderValues | HeadersFunction | undefined
  /** TLS settings, for a `baseUrl` with `https`. Only the client for Node has them. Default: those of Node. */
  readonly tls?: TlsOptions | undefined
}

/** A cache of lookups. */
export interface LookupCacheOptions {
  /** How long an answer is used again, in milliseconds since it was asked for: 0 or more. */
  readonly maxAge: number
  /**
   * How much longer an answer is used if the registry cannot be asked or fails (`unavailable`, `deadline_exceeded`,
   * `internal`, `unknown`, or the token function failed), in milliseconds: 0 or more. It is used once the lookup has failed,
   * which is at the call's deadline at the latest. Default: 0.
   */
  readonly staleIfError?: number | undefined
  /** How many answers are kept at most: 1 to 1,000,000. The least recently used goes first. Default: 1000. */
  readonly maxEntries?: number | undefined
}

/** The options of a client that are the same for all of its registries. */
export interface ClientSettings {
  /** How long a call may take by default, in whole milliseconds: 1 to 2,147,483,647. Default: 5000. */
  readonly timeoutMs?: number | undefined
  /** A cache of lookups. Default: none; every lookup asks. */
  readonly cache?: LookupCacheOptions | undefined
  /**
   * Interceptors of Connect, the outermost first. They see every request with its headers, the token included, and every
   * answer. An error that an interceptor throws ends the try as if the registry had caused it. Default: none.
   */
  readonly interceptors?: readonly Interceptor[] | undefined
}

/** The options of a client of one registry. Errors name it by its base URL. */
export interface OneRegistryOptions extends ClientSettings, Omit<RegistryOptions, 'name'> {
  /** Absent: the one registry is at `baseUrl`. */
  readonly registries?: undefined
}

/** The options of a client of several registries. */
export interface SeveralRegistriesOptions extends ClientSettings {
  /** The registries, in the order in which a lookup asks them: at least one. */
  readonly registries: readonly RegistryOptions[]
  /** Absent: each registry has its own. */
  readonly baseUrl?: undefined
  /** Absent: each registry has its own. */
  readonly token?: undefined
  /** Absent: each registry has its own. */
  readonly headers?: undefined
  /** Absent: each registry has its own. */
  readonly tls?: undefined
}

/** The options of a client: one registry, or several. */
export type RegistryClientOptions = OneRegistryOptions | SeveralRegistriesOptions
