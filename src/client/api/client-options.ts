import type { Interceptor } from '@connectrpc/connect'

/** A token together with its expiry, for tokens that do not contain it. */
export interface IssuedToken {
  /** The token, sent as `Authorization: Bearer TOKEN`: visible ASCII characters. */
  readonly token: string
  /**
   * When the token expires, in milliseconds since 1970 (UTC), like `Date.now()`. Default: the `exp` claim of the token
   * if it is a JWT. A token without either is used until the registry refuses it.
   */
  readonly expiresAt?: number | undefined
}

/**
 * Gets a token, such as an OIDC ID token. The client calls it once for all calls that wait for a token. It calls it
 * again 30 seconds before the token expires, or if the registry answers `unauthenticated`. The signal aborts when no
 * call waits for the token. If the function rejects, the waiting calls fail with the reason `TOKEN_FAILED`. The next
 * call tries again.
 *
 * @example
 * const token: TokenFunction = async ({ signal }) => {
 *   const response = await fetch('http://metadata.internal/identity?audience=waypost', { signal })
 *   return response.text()
 * }
 */
export type TokenFunction = (options: { readonly signal: AbortSignal }) => Promise<string | IssuedToken>

/**
 * Gets the headers of one request. The client calls it for every request and for every retry, and also for a lookup
 * that its cache may answer. The signal aborts when the call ends. If the function throws or rejects, the call fails with the reason `HEADERS_FAILED`.
 *
 * @example
 * const headers: HeadersFunction = () => ({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' })
 */
export type HeadersFunction = (options: { readonly signal: AbortSignal }) => HeaderValues | Promise<HeaderValues>

/** The headers of a request: their names and values. */
export type HeaderValues = Readonly<Record<string, string>>

/** The TLS settings of a client for Node. Each is the text of a PEM file, not its path. */
export interface TlsOptions {
  /** The certificates of the authorities that may sign the registry's certificate. Default: the authorities of Node. */
  readonly ca?: string | undefined
  /**
   * The client's own certificate, followed by its intermediate certificates. Requires `key`. Default: no certificate.
   */
  readonly cert?: string | undefined
  /** The private key of the client's own certificate, unencrypted. Requires `cert`. */
  readonly key?: string | undefined
}

/** One of several registries. */
export interface RegistryOptions {
  /** The name of the registry in errors and in the option `registry` of a call. It is unique and not empty. */
  readonly name: string
  /**
   * The URL of the registry: `http` or `https`, a host, and the base path of the registry if it has one. A slash at the
   * end is allowed. A user, a password, a query and a fragment are not allowed.
   */
  readonly baseUrl: string
  /**
   * The token to send as `Authorization: Bearer TOKEN`: a fixed string, or a function that gets the token. A token from
   * a function is kept until it expires or the registry answers `unauthenticated`. Default: no token.
   */
  readonly token?: string | TokenFunction | undefined
  /**
   * Headers to send with every request, or a function that gets them. The headers that the protocol sets itself (such
   * as `Host`, `Content-*` and `Connect-*`) are not allowed. `Authorization` is not allowed together with `token`.
   * Default: none.
   */
  readonly headers?: HeaderValues | HeadersFunction | undefined
  /**
   * TLS settings, for a `baseUrl` with `https`. Only the client for Node has this option. Default: the settings of
   * Node.
   */
  readonly tls?: TlsOptions | undefined
}

/** A cache of lookups. */
export interface LookupCacheOptions {
  /** How long an answer is used, in milliseconds since its request: 0 or more. */
  readonly maxAge: number
  /**
   * How much longer than `maxAge` an answer is used if a new lookup fails, in milliseconds: 0 or more. This applies to
   * the codes `unavailable`, `deadline_exceeded`, `internal` and `unknown`, and to the reasons `TOKEN_FAILED` and
   * `RATE_LIMITED`. The old answer is returned when the lookup has failed, at the latest at the deadline of the call. Default: 0.
   */
  readonly staleIfError?: number | undefined
  /**
   * The largest number of answers to keep: 1 to 1,000,000. The least recently used answer is dropped first. Default:
   * 1000.
   */
  readonly maxEntries?: number | undefined
}

/** The options of a client that are the same for all of its registries. */
export interface ClientSettings {
  /** How long a call may take by default, in whole milliseconds: 1 to 2,147,483,647. Default: 5000. */
  readonly timeoutMs?: number | undefined
  /** A cache of lookups. Default: no cache. */
  readonly cache?: LookupCacheOptions | undefined
  /**
   * Interceptors of Connect, the outermost first. They see every answer, and every request with its headers, which
   * include the token. An error that an interceptor throws ends the try as if the registry had caused it. Default:
   * none.
   */
  readonly interceptors?: readonly Interceptor[] | undefined
}

/** The options of a client of one registry. Errors name it by its base URL. */
export interface OneRegistryOptions extends ClientSettings, Omit<RegistryOptions, 'name'> {
  /** Not allowed: the one registry is at `baseUrl`. */
  readonly registries?: undefined
}

/** The options of a client of several registries. */
export interface SeveralRegistriesOptions extends ClientSettings {
  /** The registries, in the order in which a lookup asks them: at least one. */
  readonly registries: readonly RegistryOptions[]
  /** Not allowed: each registry has its own. */
  readonly baseUrl?: undefined
  /** Not allowed: each registry has its own. */
  readonly token?: undefined
  /** Not allowed: each registry has its own. */
  readonly headers?: undefined
  /** Not allowed: each registry has its own. */
  readonly tls?: undefined
}

/** The options of a client: one registry, or several. */
export type RegistryClientOptions = OneRegistryOptions | SeveralRegistriesOptions
