import { anonymousIdentity, type Identity } from '../../domain/access/identity.ts'
import type { Authenticator } from '../authenticator.ts'
import { type Claims, nameOf } from '../names.ts'
import { tokenInvalid } from '../token-error.ts'
import { type CheckedClaims, checkClaims, withoutFinalSlash } from './check-claims.ts'
import { checkHeader, shown } from './check-header.ts'
import { type KeySource, openKeySource } from './key-sources.ts'
import { readToken, type UnverifiedToken } from './read-token.ts'
import type { IssuerSettings, OidcSettings } from './settings.ts'
import { hashOf, VerifiedTokens } from './verified-tokens.ts'
import { verifySignature } from './verify-signature.ts'

export type { IssuerSettings, OidcSettings } from './settings.ts'

/** The authenticator of the tokens of OpenID Connect. */
export interface OidcAuthenticator extends Authenticator {
  /** Ends the requests for keys that are underway. */
  close(): void
}

/**
 * Makes the authenticator of the tokens of OpenID Connect. It fetches the keys of an issuer when the first token of this
 * issuer comes. Throws if an issuer is not an `https` URL, or if a file of keys cannot be used.
 *
 * @param previous An authenticator with earlier settings, which is no longer used. The new one takes the keys of the issuers
 * whose settings are the same, so that it needs no issuer to answer. Verified tokens are not taken.
 */
export function createOidcAuthenticator(settings: OidcSettings, previous?: OidcAuthenticator): OidcAuthenticator {
  return new TokenVerifier(settings, previous instanceof TokenVerifier ? previous : undefined)
}

class TokenVerifier implements OidcAuthenticator {
  readonly #settings: OidcSettings
  readonly #audiences: readonly string[]
  readonly #ownIssuer: string | undefined
  readonly #sources: ReadonlyMap<string, KeySource>
  readonly #verified = new VerifiedTokens()
  readonly #underway = new Map<string, Promise<Identity>>()
  readonly #now: () => number
  /** The sources that a newer authenticator has taken. */
  readonly #taken = new Set<KeySource>()

  constructor(settings: OidcSettings, previous: TokenVerifier | undefined) {
    const { audiences, issuers, ownIssuer, now = Date.now } = settings
    this.#settings = settings
    this.#audiences = audiences.map(withoutFinalSlash)
    this.#ownIssuer = ownIssuer === undefined ? undefined : withoutFinalSlash(ownIssuer)
    this.#now = now
    const open = issuers.map((issuer) => previous?.take(issuer) ?? openKeySource(issuer, settings))
    this.#sources = new Map(open.map((source) => [source.settings.issuer, source]))
  }

  authenticate(token: string): Identity | Promise<Identity> | undefined {
    const hash = hashOf(token)
    return this.#verified.get(hash, this.#now()) ?? this.#underway.get(hash) ?? this.#verify(token, hash)
  }

  close(): void {
    for (const source of this.#sources.values()) if (!this.#taken.has(source)) source.close()
  }

  /** Gives the keys of an issuer to a newer authenticator. They stay open if this one is closed. */
  take(issuer: IssuerSettings): KeySource | undefined {
    const source = this.#sources.get(issuer.issuer)
    if (source === undefined || !isSame(source.settings, issuer)) return undefined
    this.#taken.add(source)
    return source
  }

  #verify(token: string, hash: string): Identity | Promise<Identity> | undefined {
    const parts = readToken(token)
    if (parts === undefined) return undefined
    const source = this.#sourceOf(parts.claims)
    if (source === undefined) return anonymousIdentity
    const header = checkHeader(parts.header)
    const checked = checkClaims(parts.claims, this.#audiences, this.#now())
    const verifying = verifySignature(token, header, source.keys)
      .then(() => this.#accept(hash, parts, checked))
      .finally(() => this.#underway.delete(hash))
    this.#underway.set(hash, verifying)
    return verifying
  }

  #sourceOf({ iss }: Claims): KeySource | undefined {
    if (typeof iss !== 'string') {
      const fact =
        iss === undefined ? 'the token has no issuer (iss)' : `the issuer (iss) of the token is ${shown(iss)}`
      throw tokenInvalid(fact, 'use a token whose iss is a text')
    }
    if (withoutFinalSlash(iss) === this.#ownIssuer) {
      const fact = 'the token is one of this registry, to call a revision'
      throw tokenInvalid(fact, 'use a token of an issuer that the server trusts')
    }
    const source = this.#sources.get(iss)
    if (source === undefined && this.#settings.unknownIssuers === 'refuse') {
      const fact = `the server does not trust the issuer (iss) ${shown(iss)} of the token`
      throw tokenInvalid(fact, 'use a token of an issuer that its access file names exactly so, or send no token')
    }
    return source
  }

  #accept(hash: string, { claims }: UnverifiedToken, { subject, expiresAtMs }: CheckedClaims): Identity {
    const issuer = claims.iss as string
    const principal = { name: nameOf(issuer, subject, claims), issuer, subject }
    const identity: Identity = { kind: 'oidc', principal, claims }
    this.#verified.set(hash, identity, { now: this.#now(), expiresAtMs })
    return identity
  }
}

function isSame(a: IssuerSettings, b: IssuerSettings): boolean {
  // A file is read again, because somebody may have changed it together with the settings.
  return a.jwksUri === b.jwksUri && a.jwksFile === undefined && b.jwksFile === undefined
}
